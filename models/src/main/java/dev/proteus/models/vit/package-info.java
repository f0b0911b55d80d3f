/** Vision transformers under the names of transformers (ViT, DeiT) and of timm. */
package dev.proteus.models.vit;
