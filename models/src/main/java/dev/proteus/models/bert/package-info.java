/** Text encoders: BERT and its kin, with their heads. */
package dev.proteus.models.bert;
