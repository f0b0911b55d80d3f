/** The experiments of the catalogue's methods, one class a method. */
package dev.proteus.lab.experiments;
