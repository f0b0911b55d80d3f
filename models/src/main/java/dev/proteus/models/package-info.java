/** Architectures with their published names, and the folders that hold trained ones. */
package dev.proteus.models;
