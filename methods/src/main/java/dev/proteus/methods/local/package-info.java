/** Local learning: credit is assigned inside a layer or block, not along one global chain rule. */
package dev.proteus.methods.local;
