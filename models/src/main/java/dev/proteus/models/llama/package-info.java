/** Llama and its relatives Mistral, Qwen2 and Qwen3, with the names of transformers. */
package dev.proteus.models.llama;
