# `make` lists the targets. What takes more than a few lines is a script in Tests/.

PREFIX ?= /usr/local
DESTDIR ?=
SWIFT ?= swift
BENCHMARK_OPTIONS ?=

# The release executable, without any shared library: it runs on every Linux, and starts fastest.
binary := $(CURDIR)/.build/release/pkgsandbox
static := $(SWIFT) build -c release -Xswiftc -static-executable --product pkgsandbox

# No target calls make again, but recipes under test do: they are not to inherit our options.
unexport MAKEFLAGS MAKELEVEL MFLAGS
.NOTPARALLEL:
.PHONY: help build demo test check benchmark install clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.* ## /  \1	/p' Makefile | expand -t 14
	@echo 'demo, test and benchmark install what they need from Debian or Ubuntu packages.'

build: ## the release executable, .build/release/pkgsandbox
	$(static)

demo: ## build two recipes in the sandbox and look at the result
	Tests/Setup/install build demo
	Tests/Setup/fetch-sources hello-thinlto lua-forgets-destdir
	$(static)
	PKGSANDBOX='$(binary)' Tests/Setup/demo

test: ## all tests; PKGSANDBOX_MUST_RUN=1 makes those fail that cannot run here
	Tests/Setup/install build test
	Tests/Setup/fetch-sources
	$(static)
	PKGSANDBOX='$(binary)' $(SWIFT) test

check: ## format, scripts and the quick tests
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests
	Tests/Setup/check-scripts
	$(SWIFT) test --skip Integration

benchmark: ## start-up, speed and memory; BENCHMARK_OPTIONS='--only startup|hello|memory --rounds N'
	Tests/Setup/install build benchmark
	Tests/Setup/fetch-sources hello
	$(static)
	PKGSANDBOX='$(binary)' Tests/Benchmarks/benchmark $(BENCHMARK_OPTIONS)

install: ## what `make build` made, below DESTDIR and PREFIX
	PKGSANDBOX='$(binary)' PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' Tests/Setup/install-files

clean: ## remove all that was built or fetched
	rm -rf .build .fixtures
