/** What all networks for text share: batches of tokens. */
package dev.proteus.models.text;
