/** Residual convolutional networks. */
package dev.proteus.models.resnet;
