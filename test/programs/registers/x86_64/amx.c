// SPDX-License-Identifier: GPL-2.0-only
// Tile configuration and eight tiles of a spinning thread, with the process's permission for them. Needs AMX.
// A wrong restore is noticed as the permission gone, or any tile differing when the loop ends.
#include "spin.h"

#define REQUEST_PERMISSION 0x1023 // ARCH_REQ_XCOMP_PERM
#define GET_PERMISSION 0x1022
#define TILE_DATA 18

__attribute__((used, aligned(64))) char tile_config[64], config_out[64], tile_in[8 * 1024], tile_out[8 * 1024];

void tile_spin(void);

#define EACH(x) x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7)
#define LOAD(n) "  lea tile_in+1024*" #n "(%rip), %rax\n  tileloadd (%rax,%rbx,1), %tmm" #n "\n"
#define STORE(n) "  lea tile_out+1024*" #n "(%rip), %rax\n  tilestored %tmm" #n ", (%rax,%rbx,1)\n"

__asm__(SPIN_BEGIN("tile_spin") "  ldtilecfg tile_config(%rip)\n  mov $64, %ebx\n" EACH(LOAD) SPIN_LOOP
        "  mov $64, %ebx\n" EACH(STORE) "  sttilecfg config_out(%rip)\n  tilerelease\n" SPIN_END);

static void break_one(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    xsave_of(context)[xsave_offset(TILE_DATA) + 5] ^= 1;
}

static void setup(void)
{
    uint32_t a, b, c, d;
    __cpuid_count(7, 0, a, b, c, d);
    if (!(d & 1 << 24) || (xsave_components() & 3 << 17) != 3 << 17)
        skip("needs AMX tiles");
    must(syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA));
    tile_config[0] = 1;
    for (int i = 0; i < 8; i++) {
        tile_config[16 + 2 * i] = 64; // bytes in a row
        tile_config[48 + i] = 16;     // rows
    }
    pattern_fill(tile_in, sizeof(tile_in), 81);
    spin_on_signal(break_one);
    spin_start(tile_spin);
}

static void check(void)
{
    uint64_t permitted = 0;
    must(syscall(SYS_arch_prctl, GET_PERMISSION, &permitted));
    expect(permitted & 1 << TILE_DATA, "the permission for tiles is gone: %lx", permitted);
    spin_finish();
    expect_mem("tile configuration", config_out, tile_config, sizeof(tile_config));
    expect_mem("tiles", tile_out, tile_in, sizeof(tile_in));
    spin_resume();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = spin_sabotage});
}
