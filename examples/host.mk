# What the Makefiles of the examples for hosts have in common. They set, before they include this:
#   NAME       the folder's name
#   CPP, C     the programs, each of one .cpp or .c file, that `make check` builds and runs in every way below
#   ARGS       what they are given when run, and EXPECT, how they end then (0 if not set); LIBS, what they are linked with beside the library; SOURCES, other files
ROOT := ../..
TARGET ?= $(abspath $(or $(CARGO_TARGET_DIR),$(ROOT)/target))
HEADERS := $(ROOT)/crates/syntone-capi/include
LIB := $(TARGET)/release/libsyntone_capi.a
OUT := $(TARGET)/$(NAME)
FLAGS := -Wall -Wextra -Wpedantic -Werror -I$(HEADERS)
CARGO ?= cargo
DEPENDS := $(SOURCES) $(wildcard $(HEADERS)/*) Makefile ../host.mk | lib

# The ways: optimised (C++ with neither exceptions nor RTTI) and with sanitizers, by every compiler in every standard; for valgrind, by every
# compiler and in every standard.
plain := -O2
lean := -O2 -fno-exceptions -fno-rtti
sanitized := -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
valgrind := -g -O1
run_valgrind := valgrind --quiet --leak-check=full --error-exitcode=99

ways = $(foreach compiler,$(1),$(foreach standard,$(2),$(foreach way,$(3) sanitized,$(compiler)/$(standard)/$(way))))
CPP_WAYS := $(call ways,g++ clang++,17 20,lean) g++/17/valgrind clang++/20/valgrind
C_WAYS := $(call ways,gcc clang,11,plain valgrind)
CHECKS := $(foreach way,$(CPP_WAYS),$(CPP:%=check/%/$(way))) $(foreach way,$(C_WAYS),$(C:%=check/%/$(way)))

run: $(OUT)/bin/$(firstword $(CPP) $(C))
	$< $(ARGS)

build: $(OUT)/bin/$(firstword $(CPP) $(C))

check: $(CHECKS) $(MORE_CHECKS)
	@echo "$(NAME): $(words $^) builds and runs passed"

$(OUT)/bin/%: %.cpp $(DEPENDS)
	@mkdir -p $(@D)
	$(CXX) -std=c++17 $(plain) $(FLAGS) $< $(LIB) $(LIBS) -o $@

$(OUT)/bin/%: %.c $(DEPENDS)
	@mkdir -p $(@D)
	$(CC) -std=c11 $(plain) $(FLAGS) $< $(LIB) $(LIBS) -o $@

# check/PROGRAM/COMPILER/STANDARD/WAY; the sanitizers want to know who links.
word_of = $(word $(1),$(subst /, ,$*))
check/%: $(DEPENDS)
	@mkdir -p $(OUT)/$*
	@$(call word_of,2) -std=$(if $(findstring ++,$*),c++,c)$(call word_of,3) $($(call word_of,4)) $(FLAGS) \
	  $(wildcard $(call word_of,1).c $(call word_of,1).cpp) $(LIB) $(LIBS) -o $(OUT)/$*/program
	@$(run_$(call word_of,4)) $(OUT)/$*/program $(ARGS) > $(OUT)/$*/log 2>&1; \
	  [ $$? = $(or $(EXPECT),0) ] || { cat $(OUT)/$*/log; exit 1; }
	@echo "$* $$(tail -n 1 $(OUT)/$*/log)"

# cargo knows whether there is anything to do.
lib:
	$(CARGO) build --quiet --release --manifest-path $(ROOT)/Cargo.toml -p syntone-capi

.PHONY: run build lib check
