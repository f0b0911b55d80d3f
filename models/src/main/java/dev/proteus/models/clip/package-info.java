/** CLIP: an encoder of images and one of texts, into one space. */
package dev.proteus.models.clip;
