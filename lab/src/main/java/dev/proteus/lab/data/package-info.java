/** Data that the jobs bring along. */
package dev.proteus.lab.data;
