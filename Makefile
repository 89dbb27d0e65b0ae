# SPDX-License-Identifier: Apache-2.0
# The doors of the house. Everything behind them is a script that can be run alone.
#   make [BUILD=dir] [CC=clang] door

BUILD ?= build
PREFIX ?= /usr/local
SECONDS ?= 60
export BUILD

.PHONY: all build deps run demo test bench fuzz lint install clean help

all: build

help:
	@echo 'make build    leave $(BUILD)/todoku                        (CC=clang, BUILD=dir)'
	@echo 'make run      the daemon and a report on this machine'"'"'s mail log, or on the lab when it has none'
	@echo 'make demo     a private Postfix is blocked, and loses no mail by it  (JSON=FILE)'
	@echo 'make test     everything that is checked by a machine; ends with "N passed, N failed"'
	@echo 'make bench    how fast, beside pflogsumm and a null server; what the detectors find in a month, and of thieves'
	@echo 'make fuzz     libFuzzer on each grammar                     (SECONDS=60, TARGET=name)'
	@echo 'make lint     clang-format, clang-tidy, cppcheck, -fanalyzer, codespell, shellcheck, mandoc'
	@echo 'make deps     install what build, run and test need; every door does its part by itself'
	@echo 'make install  put todoku under PREFIX                       (PREFIX=/usr/local, DESTDIR=)'
	@echo 'make clean    remove $(BUILD)'

deps:
	@scripts/deps build run test

build:
	@scripts/deps build
	@scripts/build '$(BUILD)'

run: build
	@scripts/deps run
	@scripts/run own

demo: build
	@scripts/deps run
	@JSON='$(JSON)' scripts/run loop

# Does its own deps and build, so that its last line is the count whatever happens.
test:
	@scripts/test

bench: build
	@scripts/deps bench
	@bench/run
	@bench/daemon
	@bench/policy
	@bench/auth
	@bench/quota
	@bench/month
	@bench/hijack

fuzz:
	@scripts/deps build fuzz
	@scripts/fuzz '$(SECONDS)' '$(TARGET)'

lint:
	@scripts/deps build lint
	@scripts/lint

install: build
	@meson configure '$(BUILD)' -Dprefix='$(PREFIX)'
	@meson install -C '$(BUILD)'

clean:
	rm -rf '$(BUILD)'
