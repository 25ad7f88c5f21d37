#!/usr/bin/env bash
# 给浏览器测试准备 Chromium。只在 CI=true 时动手安装；别的时候只说怎么装，不碰机器。
set -euo pipefail

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then exit 0; fi
done
if [ -n "${YANLU_TEST_CHROMIUM:-}" ]; then exit 0; fi

if [ "${CI:-}" = true ] && command -v apt-get >/dev/null; then
    apt-get update
    apt-get install -y --no-install-recommends chromium fonts-noto-cjk
    exit 0
fi
echo "没有找到 Chromium，浏览器测试会跳过。Debian、Ubuntu 可以装：apt-get install chromium fonts-noto-cjk；"
echo "已经有别的 Chromium 或 Chrome，可以用 YANLU_TEST_CHROMIUM=/路径 指明。"
