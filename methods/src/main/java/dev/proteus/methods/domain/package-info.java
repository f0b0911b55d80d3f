/** Domain adaptation: from a labelled source to an unlabelled target. */
package dev.proteus.methods.domain;
