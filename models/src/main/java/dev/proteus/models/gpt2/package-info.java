/** GPT-2, with the names of transformers. */
package dev.proteus.models.gpt2;
