/** Segmentation U-Nets. */
package dev.proteus.models.unet;
