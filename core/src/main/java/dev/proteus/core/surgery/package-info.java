/** Finding slots by path or type, replacing what is in them, and summaries. */
package dev.proteus.core.surgery;
