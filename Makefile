# 雁路：make demo 看演示，make test 跑测试。只要 Python 3.11 以上和 make。
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset test check bench soak lock

help: ## 列出命令
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/ready ## 准备 .venv，什么也不启动

$(VENV)/ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新，现在是 $$($(PYTHON) -V)。可用 make PYTHON=python3.12 指定。"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "这个 Python 缺少 venv。Debian、Ubuntu 请先安装：apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: setup ## 启动演示（PORT=8000 换端口），Ctrl-C 停止
	@$(BIN)/yanlu demo

demo-reset: ## 清空演示数据
	rm -f var/yanlu.db var/yanlu.db-wal var/yanlu.db-shm

check: setup ## 格式、写法、类型、知识库
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/yanlu intents check

test: setup ## 全部测试
	@tests/browser/install_chromium.sh
	$(BIN)/python -m pytest -n 2 --dist worksteal

soak: setup ## 同样的测试，全量
	YANLU_SOAK=1 $(BIN)/python -m pytest -m soak

bench: setup ## 速度：各项都是与同一次运行里的参照之比
	$(BIN)/python -m benchmarks

lock: ## 重新锁定依赖（需要 uv）
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements.lock
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements-dev.lock
	echo 'setuptools>=80' | uv pip compile - --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements-build.lock
