# pkgsandbox with makepkg and compilers, to build recipes where only a container engine is at hand.
#
#   docker build -t pkgsandbox .
#   docker run --rm FLAGS -v "$PWD:/recipe" pkgsandbox build
#
# A sandbox in a container needs what engines forbid by default, hence FLAGS:
#
#   Docker   --security-opt seccomp=unconfined      user namespaces, and mounts in them
#            --security-opt apparmor=unconfined     the same, where the host has AppArmor
#            --security-opt systempaths=unconfined  a fresh /proc: the kernel refuses one as long as
#                                                   parts of the container's own are covered
#   Podman   --security-opt unmask=ALL              the fresh /proc; user namespaces it allows
#
# None of them needs --privileged or a capability. On a host that restricts user namespaces itself
# (Ubuntu's kernel.apparmor_restrict_unprivileged_userns) no flag helps; the host's setting does.
# `docker run --rm FLAGS pkgsandbox doctor` says what is missing and what mends it.
#
# The user in the container has the id 1000. Where the recipe's directory is somebody else's, give
# `--user "$(id -u):$(id -g)" -e HOME=/tmp` too, so that packages can be written there.

FROM swift:6.2-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends libseccomp-dev libcap-dev make pkg-config \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN make build && make install DESTDIR=/installed PREFIX=/usr

FROM debian:bookworm-slim
# makepkg and what it calls, then the tools that recipes expect to be there without naming them.
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
        makepkg pacman-package-manager libarchive-tools fakeroot \
        ca-certificates curl file gettext git gnupg patch xz-utils zstd \
        autoconf automake bison clang flex g++ gcc libc6-dev libtool lld m4 make pkg-config \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /installed /
RUN useradd --create-home --uid 1000 --shell /bin/bash packager \
 && install -d -o packager -g packager /recipe
USER packager
WORKDIR /recipe
ENTRYPOINT ["pkgsandbox"]
CMD ["build"]
