/** Experiments: a method against a baseline on the same data, budget and seeds, and a verdict. */
package dev.proteus.lab.experiment;
