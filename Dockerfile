FROM python:3.13-slim AS build
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --no-create-home swept
COPY --from=build /venv /venv
WORKDIR /swept
COPY . .
# A key for this line alone: the image holds none.
RUN SECRET_KEY=for-collectstatic ALLOWED_HOSTS=localhost python manage.py collectstatic --noinput \
    && install -d -o swept media private
USER swept
EXPOSE 8000
# The name has to be one that the site answers to.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", "import os, urllib.request as r; \
r.urlopen(r.Request('http://127.0.0.1:8000/livez', headers={'Host': os.environ['ALLOWED_HOSTS'].split(',')[0].strip()}))"]
CMD ["gunicorn", "--bind", "0.0.0.0:8000"]
