/** What the commands do: adapt, train, evaluate. */
package dev.proteus.lab.jobs;
