# The studio, as an ordinary user; its one volume is a cache, which may be lost at any time.
#
#   docker build -t colorize .
#   docker build -t colorize:cuda --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu130 .
#   docker run --rm -p 127.0.0.1:7860:7860 -v colorize-cache:/cache colorize
FROM python:3.12-slim

# Which build of PyTorch: that for the processor alone is a tenth of the others.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

WORKDIR /source
COPY pins.txt ./
# PyTorch and what it needs come from its own index, everything else by version and hash.
RUN python -m pip install --no-cache-dir --index-url "$TORCH_INDEX" "$(grep -o '^torch==[^ ]*' pins.txt)"
RUN awk '/^[^ #]/ {kept = !/^(torch==|nvidia-|cuda-|triton)/} kept' pins.txt > required.txt
RUN python -m pip install --no-cache-dir --no-deps --require-hashes -r required.txt

COPY pyproject.toml README.md LICENSE ./
COPY colorize_core colorize_core
COPY gimp_plugin gimp_plugin
COPY gradio_demo gradio_demo
RUN python -m pip install --no-cache-dir --no-deps --no-build-isolation .

# The packages are root's: whoever gets hold of the studio cannot change them.
RUN useradd --create-home --uid 10001 colorize
RUN mkdir /cache && chown colorize /cache
ENV XDG_CACHE_HOME=/cache HF_HOME=/cache/huggingface NUMBA_CACHE_DIR=/cache/numba
USER colorize
WORKDIR /home/colorize
VOLUME /cache
EXPOSE 7860
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/health', timeout=5)"]
ENTRYPOINT ["colorize"]
CMD ["studio", "--host", "0.0.0.0", "--port", "7860"]
