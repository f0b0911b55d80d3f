/** The {@code proteus} command. */
package dev.proteus.cli;
