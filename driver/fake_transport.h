/* SPDX-License-Identifier: BSD-2-Clause */
/* The least that stands above the driver in unit tests of discovery and reset: nvme_fc.h, and requests of
 * its own that it keeps count of. A lost remote port stays until the test lets it go. */
#pragma once
#include "driver/transport/nvme_fc.h"

enum { FAKE_RPORTS = 64, FAKE_REQUESTS = 512 };

struct fake_rport {
    struct nvme_fc_remote_port port;
    bool used;
    unsigned registered, unregistered; /* how often */
};

struct fake_request {
    struct nvmefc_fcp_req io;
    struct nvmefc_ls_req ls;
    uint8_t command[96], response[32];
    struct nvmefc_sge sge;
    unsigned dones;
    int status;
};

struct fake_transport {
    struct nvme_fc_local_port lport;
    bool lport_used;
    struct nvme_fc_port_template ops;
    struct fake_rport rport[FAKE_RPORTS];
    int fail_lport, fail_rport;    /* result of the next registrations, if not 0 */
    bool delete_at_once;           /* device loss time 0: remoteport_delete from inside unregister */
    bool ready;                    /* localport unregistered, its delete callback is due */
    bool abort_on_loss;            /* unregister aborts the requests that are out, as the real one does */
    struct fake_request *request;  /* FAKE_REQUESTS */
    unsigned ls_received;
};

struct nvme_fc_transport;          /* is a struct fake_transport here */
struct fake_transport *fake_transport_new(void);
void fake_transport_free(struct fake_transport *transport);
/* The remote port with this WWPN, also a lost one; NULL: none. */
struct fake_rport *fake_transport_rport(struct fake_transport *transport, uint64_t wwpn);
unsigned fake_transport_online(const struct fake_transport *transport);
/* Device loss time is over. */
void fake_transport_delete(struct fake_transport *transport, struct fake_rport *rport);
/* Request n: a read of 512 bytes at `data` (0: no data) on the handle; result of fcp_io. */
int fake_transport_read(struct fake_transport *transport, struct fake_rport *rport, void *handle, unsigned n,
                        uint64_t data);
int fake_transport_ls(struct fake_transport *transport, struct fake_rport *rport, unsigned n,
                      uint64_t memory);
