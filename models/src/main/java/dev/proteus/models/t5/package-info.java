/** T5: an encoder and a decoder with relative positions. */
package dev.proteus.models.t5;
