/** The part of the template language Jinja that chat templates are written in. */
package dev.proteus.models.text.jinja;
