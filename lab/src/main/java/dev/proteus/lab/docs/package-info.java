/** The generated pages of the documentation. */
package dev.proteus.lab.docs;
