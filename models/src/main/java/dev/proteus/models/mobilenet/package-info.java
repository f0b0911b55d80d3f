/** MobileNetV3 under the names of timm; torchvision's files are read as well. */
package dev.proteus.models.mobilenet;
