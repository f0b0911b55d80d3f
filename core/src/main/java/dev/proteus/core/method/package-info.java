/** The kinds of methods, their papers, and the catalogue of all of them. */
package dev.proteus.core.method;
