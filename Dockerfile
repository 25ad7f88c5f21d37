# 雁路的容器镜像。怎么用：docs/container.md；为什么这样写：docs/decisions/。
# 第一段装依赖和程序，第二段只拿走装好的结果：正式镜像里没有 pip 缓存、编译工具和锁文件。
FROM python:3.12.13-slim-trixie AS builder

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore

WORKDIR /app
# 依赖在前，程序在后：只改程序时，这一层不用重做。每个包都核对锁文件里的指纹，打包工具也一样。
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --quiet --require-hashes -r requirements-build.lock \
    && /opt/venv/bin/pip install --quiet --require-hashes --no-build-isolation -r requirements.lock

# 程序就在 /app 里用：intents、templates、migrations 在代码旁边找（app/core/config.py 的 ROOT）。
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY bot bot
COPY intents intents
COPY demo demo
COPY migrations migrations
COPY templates templates
RUN /opt/venv/bin/pip install --quiet --no-build-isolation --no-deps --editable . \
    && /opt/venv/bin/pip uninstall --quiet --yes setuptools pip \
    && /opt/venv/bin/python -m compileall -q app bot migrations \
    && rm -rf requirements.lock requirements-build.lock yanlu.egg-info \
    && chmod -R a+rX /app


FROM python:3.12.13-slim-trixie

LABEL org.opencontainers.image.title="yanlu" \
      org.opencontainers.image.description="雁路：县级人社公众号助手与返岗直通车" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"

# 固定的编号，宿主机上的文件夹才好授权；/data 是唯一要写的地方。
RUN groupadd --gid 10001 yanlu \
    && useradd --uid 10001 --gid yanlu --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin yanlu \
    && install -d -o yanlu -g yanlu -m 0750 /data

COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /app /app

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TZ=Asia/Shanghai \
    YANLU_DATABASE_URL=sqlite:////data/yanlu.db

WORKDIR /app
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM

# 不经代理，不要 curl：数据库和知识库都答得上来才算好。
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/readyz'); raise SystemExit(c.getresponse().status != 200)"]

CMD ["yanlu", "serve", "--host", "0.0.0.0", "--port", "8000"]
