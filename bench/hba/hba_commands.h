/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of `slibench hba` that take an HBA, and what they share (cmd_hba.c reads the command line). */
#pragma once
#include "bench/hba/session.h"
#include "driver/transport/nvme_wire.h"

struct hba_arguments {
    const char *words[3]; /* command, BDF, scenario */
    unsigned word_count;
    bool json;
    struct hba_session_options session;

    /* NVMe */
    char nqn[NVME_NQN_BYTES]; /* "": none was named */
    uint32_t nsid;
    uint64_t target; /* WWPN; 0: the first that has the subsystem */
    bool destroys; /* --i-know-this-destroys-data */
    uint64_t lba, blocks;
    uint32_t timeout_ms; /* of a command */
    const char *file; /* NULL: standard output or input */
    uint32_t bytes; /* bench: of a command */
    unsigned depth;
    uint64_t count;
    bool write;
    const char *report, *scenarios; /* capture; NULL: the default */
};

/* On stderr. */
void hba_show_refusals(const char *bdf, const struct hba_refusals *refusals);
/* False: said on stderr what was in the way. */
bool hba_command_open(const struct hba_arguments *a, struct hba_session *s);
/* Gives back `status`, or EXIT_ENVIRONMENT if the HBA could not be given back. */
int hba_command_close(struct hba_session *s, int status);

/* hba_link.c */
int hba_info(const struct hba_arguments *a);
int hba_discover(const struct hba_arguments *a);
/* hba_nvme.c */
int hba_identify(const struct hba_arguments *a);
int hba_read(const struct hba_arguments *a);
int hba_write(const struct hba_arguments *a);
int hba_bench(const struct hba_arguments *a);
