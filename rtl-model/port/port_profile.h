// SPDX-License-Identifier: BSD-2-Clause
// What differs between boards: identity, resources, and every constant of the timing model.
//
// One row a constant, with unit and source, for both profiles; none is calibrated against silicon yet, so all
// rows say so. The model reads them as fields of port_timing, users see them through world_timing().
#pragma once
#include <cstdint>
#include <string>
#include "rtl-model/model.h"

// X(field, name, unit, LPe31000 (16G), LPe32000 (32G), source)
#define PORT_TIMING(X) \
    X(pcie_bytes_per_us, "pcie.bandwidth", "byte/us", 7877, 7877, "PCIe 3.0 x8: 8 GT/s, 8 lanes, 128b/130b") \
    X(pcie_tlp_overhead, "pcie.tlp_overhead", "byte", 26, 26, \
      "PCIe 3.0: 4 DW header 16, framing 4, LCRC 4; 2 for DLLPs (estimate)") \
    X(pcie_mps, "pcie.mps", "byte", 256, 256, "common server setting") \
    X(pcie_mrrs, "pcie.mrrs", "byte", 512, 512, "PCIe default of the device control register") \
    X(pcie_read_tags, "pcie.read_tags", "request", 64, 64, \
      "estimate: 8-bit tags, quarter used by one function") \
    X(host_read_ns, "host.read_latency", "ns", 400, 400, \
      "estimate: request leaves the port to first data back") \
    X(host_write_ns, "host.write_latency", "ns", 150, 150, \
      "estimate: posted write leaves to visible in memory") \
    X(doorbell_ns, "pcie.doorbell_latency", "ns", 150, 150, "estimate: posted write of the CPU to the port") \
    X(engine_ps, "engine.clock_period", "ps", 3200, 2500, "estimate: 312.5 and 400 MHz") \
    X(wqe_cycles, "engine.wqe_decode", "cycle", 40, 32, "estimate: fetch to request frame built") \
    X(tx_cycles, "engine.tx_frame", "cycle", 24, 24, "estimate: per frame sent") \
    X(rx_cycles, "engine.rx_frame", "cycle", 24, 24, "estimate: per frame received") \
    X(cqe_cycles, "engine.completion", "cycle", 20, 20, "estimate: response to CQE write") \
    X(wqe_burst, "engine.wqe_burst", "WQE", 4, 4, "estimate: WQEs in one fetch of a queue") \
    X(wqe_inflight, "engine.wqe_in_flight", "WQE", 32, 32, "estimate: fetched, not yet decoded") \
    X(tx_frames, "engine.tx_buffer", "frame", 32, 32, "estimate: frames read ahead for transmission") \
    X(rx_backlog_ns, "engine.rx_backlog", "ns", 4000, 4000, \
      "estimate: DMA backlog that receive buffers cover") \
    X(eqe_cycles, "engine.eqe", "cycle", 8, 8, "estimate: CQE written to EQE written") \
    X(msix_ns, "engine.msix", "ns", 30, 30, "estimate: EQE written to MSI-X message written") \
    X(coalescing_us, "engine.interrupt_delay", "us", 0, 0, \
      "off unless EQ_CREATE or MODIFY_EQ_DELAY sets it") \
    X(mailbox_us, "firmware.mailbox", "us", 15, 15, "estimate: execution of one mailbox command") \
    X(reset_ms, "firmware.port_reset", "ms", 20, 20, "estimate; sli4-port.md 2.10 bounds it by 30 s") \
    X(post_ms, "firmware.post", "ms", 100, 100, "estimate; a host waits up to 30 s") \
    X(firmware_reset_ms, "firmware.restart", "ms", 300, 300, \
      "estimate; sli4-port.md 2.10: a host waits up to 120 s") \
    X(mmio_read_ns, "host.mmio_read", "ns", 900, 900, "estimate: non-posted round trip") \
    X(submit_ns, "host.submit", "ns", 150, 150, "estimate: CPU time per submit") \
    X(completion_ns, "host.completion", "ns", 100, 100, "estimate: CPU time per completion") \
    X(interrupt_ns, "host.interrupt", "ns", 1500, 1500, "estimate: message to handler entered") \
    X(poll_ns, "host.poll", "ns", 200, 200, "estimate: one step of a poll loop")

struct port_timing {
#define X(field, name, unit, g16, g32, source) uint32_t field;
    PORT_TIMING(X)
#undef X
};

// What READ_CONFIG reports; world_port may override it.
struct port_resources {
    uint16_t xri_base, xri_count;
    uint16_t rpi_count, vpi_count, vfi_count, fcfi_count;
    uint16_t eq_count, cq_count, wq_count, rq_count;
    uint16_t msix_vectors;
    uint16_t queue_id_base;
};

struct port_profile {
    const char *name; // of model.h: "lpe32000"
    const char *model; // of the VPD: "LPe32000-M2"
    const char *description;
    uint16_t subsystem;
    unsigned speed_gbit; // fastest
    uint16_t bb_credit; // receive buffers that the port advertises
    port_resources resources;
    port_timing timing;
    const world_timing_row *rows;
    size_t row_count;
};

// nullptr asks for the default; gives nullptr for an unknown name.
const port_profile *find_port_profile(const char *name);
std::string port_profile_names(); // "lpe32000 lpe31000"
