# 回应 Huiying: `make help` lists what there is. The work is in scripts/, one small file a step.
.PHONY: help run drill dev check fmt test soak dashboards
.DEFAULT_GOAL := help
ARGS ?=
T ?=

help: ## 列出所有命令
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## 构建并启动服务（http://127.0.0.1:8080，内置 SQLite）；参数例：make run ARGS="--listen 0.0.0.0:8080"
	@sh scripts/run.sh serve $(ARGS)

drill: ## 构建并启动演练：临时数据库，时间加速，看一件事如何走完；参数例：make drill ARGS="--speed 1200"
	@sh scripts/run.sh serve --drill $(ARGS)

dev: ## 开发：调试版服务加界面热更新，一个地址（http://127.0.0.1:5173）；参数例：make dev ARGS="--drill"
	@sh scripts/dev.sh $(ARGS)

check: ## 只看不跑：格式、clippy、界面类型
	@sh scripts/check.sh

fmt: ## 统一格式
	@cargo fmt

test: ## 运行全部测试（缺少的 PostgreSQL、Chromium、中文字体会先装好）；只跑名字含某词的：make test T=visibility
	@$(if $(T),cargo test --locked -- "$(T)",sh scripts/test.sh)

soak: ## 长时间反复运行随机测试，每轮换种子；参数例：make soak MINUTES=60
	@sh scripts/soak.sh $(MINUTES)

dashboards: ## 只构建界面（dashboards/web/dist）
	@sh scripts/dashboards.sh
