/** What ran: the store of runs with all that is needed to run them again. */
package dev.proteus.lab.run;
