#pragma once

/// Put in front of the definition of a hot function: it is compiled for the baseline machine and
/// for AVX2, and the loader picks. Both give the same bits as long as the file is compiled with
/// -ffp-contract=off. The sanitizers cannot start with such functions, so they see the baseline
/// alone.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__ELF__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define PUNNET_TARGET_CLONES [[gnu::target_clones("avx2", "default")]]
#else
#define PUNNET_TARGET_CLONES
#endif
