"""The networks of dev.proteus.models.resnet, as a PyTorch user writes them; names as in torchvision."""

import torch
from torch import nn


def conv(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inputs, width, stride, downsample, inplace):
        super().__init__()
        self.conv1 = conv(inputs, width, 3, stride)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = conv(width, width, 3)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = downsample
        self.relu = nn.ReLU(inplace)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inputs, width, stride, downsample, inplace):
        super().__init__()
        outputs = width * self.expansion
        self.conv1 = conv(inputs, width, 1)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = conv(width, width, 3, stride)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = conv(width, outputs, 1)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = downsample
        self.relu = nn.ReLU(inplace)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self, stem, block, widths, depths, classes, inplace):
        super().__init__()
        self.conv1 = stem
        inputs = stem.out_channels
        self.bn1 = nn.BatchNorm2d(inputs)
        self.relu = nn.ReLU(inplace)
        self.maxpool = nn.MaxPool2d(3, 2, 1) if stem.stride == (2, 2) else nn.Identity()
        stages = []
        for s, (width, depth) in enumerate(zip(widths, depths)):
            outputs = width * block.expansion
            blocks = []
            for b in range(depth):
                stride = 2 if s > 0 and b == 0 else 1
                downsample = None
                if inputs != outputs or stride != 1:
                    downsample = nn.Sequential(
                        conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs)
                    )
                blocks.append(block(inputs, width, stride, downsample, inplace))
                inputs = outputs
            stages.append(nn.Sequential(*blocks))
        for s, stage in enumerate(stages):
            setattr(self, f"layer{s + 1}", stage)
        self.stages = len(stages)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for s in range(self.stages):
            x = getattr(self, f"layer{s + 1}")(x)
        return self.fc(torch.flatten(self.avgpool(x), 1))


def small(inplace):
    """For images of about 28x28 pixels."""
    return ResNet(conv(1, 16, 3), BasicBlock, [16, 32, 64], [1, 1, 1], 10, inplace)


def resnet50(inplace):
    stem = conv(3, 64, 7, 2)
    return ResNet(stem, Bottleneck, [64, 128, 256, 512], [3, 4, 6, 3], 1000, inplace)
