/** Numbers for people: tables in terminals, and pages with charts. */
package dev.proteus.lab.report;
