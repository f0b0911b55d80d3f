/** Test-time adaptation: changing a trained network on an unlabelled stream. */
package dev.proteus.methods.tta;
