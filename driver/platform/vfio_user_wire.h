/* SPDX-License-Identifier: BSD-2-Clause */
/* The vfio-user protocol on the wire: constants and message layouts, shared by the server (bench/serve) and the
 * client (driver/platform/vfio_user.c).
 *
 * A stream socket of the UNIX domain, one client a connection, both sides may send requests. Fields are in the
 * byte order of the host, messages follow each other without padding and need not be aligned: copy a structure
 * in and out. Descriptors travel as SCM_RIGHTS with the first byte of their message.
 *
 * Source: the vfio-user protocol description of the QEMU documentation (docs/interop/vfio-user.rst); numbers
 * of regions, interrupts and flags are those of linux/vfio.h. */
#pragma once
#include <stdint.h>

enum vfio_user_command {
    VFIO_USER_VERSION = 1,
    VFIO_USER_DMA_MAP = 2,
    VFIO_USER_DMA_UNMAP = 3,
    VFIO_USER_DEVICE_GET_INFO = 4,
    VFIO_USER_DEVICE_GET_REGION_INFO = 5,
    VFIO_USER_DEVICE_GET_REGION_IO_FDS = 6,
    VFIO_USER_DEVICE_GET_IRQ_INFO = 7,
    VFIO_USER_DEVICE_SET_IRQS = 8,
    VFIO_USER_REGION_READ = 9,
    VFIO_USER_REGION_WRITE = 10,
    VFIO_USER_DMA_READ = 11, /* server to client */
    VFIO_USER_DMA_WRITE = 12, /* server to client */
    VFIO_USER_DEVICE_RESET = 13,
    VFIO_USER_REGION_WRITE_MULTI = 15 /* only after "write_multiple" was agreed in VERSION */
};

/* Header flags. The reply to a request has the same id and command. An error reply is the bare header. */
enum {
    VFIO_USER_TYPE_MASK = 0xf,
    VFIO_USER_REQUEST = 0,
    VFIO_USER_REPLY = 1,
    VFIO_USER_NO_REPLY = 0x10, /* request: it must get no reply */
    VFIO_USER_ERROR = 0x20 /* reply: error_no is valid */
};

enum {
    VFIO_USER_MAJOR = 0,
    VFIO_USER_MINOR = 0,
    VFIO_USER_MAX_DATA =
        1 << 20, /* default of max_data_xfer_size: payload bytes of one access or DMA message */
    VFIO_USER_MAX_FDS = 8, /* what our server takes with one message; QEMU refuses a server that says > 16 */
    VFIO_USER_PAGE = 4096 /* default of pgsizes */
};

struct vfio_user_header {
    uint16_t id; /* chosen by the sender of the request */
    uint16_t command;
    uint32_t size; /* of the whole message, header included */
    uint32_t flags;
    uint32_t error_no; /* positive errno, 0 without VFIO_USER_ERROR */
};

/* Request and reply of VERSION; JSON text and its NUL follow. */
struct vfio_user_version {
    uint16_t major, minor;
};

enum { VFIO_USER_DMA_READABLE = 1, VFIO_USER_DMA_WRITABLE = 2 };

/* With one descriptor: the memory at `offset` of that file. Without: reached by DMA_READ and DMA_WRITE. */
struct vfio_user_dma_map {
    uint32_t argsz; /* bytes of this structure */
    uint32_t flags;
    uint64_t offset;
    uint64_t address;
    uint64_t size;
};

enum { VFIO_USER_DMA_UNMAP_ALL = 2 };

/* Also the payload of the reply. */
struct vfio_user_dma_unmap {
    uint32_t argsz;
    uint32_t flags;
    uint64_t address;
    uint64_t size;
};

enum { VFIO_USER_DEVICE_RESETTABLE = 1, VFIO_USER_DEVICE_PCI = 2 };

struct vfio_user_device_info {
    uint32_t argsz;
    uint32_t flags;
    uint32_t regions;
    uint32_t irqs;
};

enum vfio_user_region {
    VFIO_USER_BAR0,
    VFIO_USER_BAR5 = 5,
    VFIO_USER_ROM,
    VFIO_USER_CONFIG,
    VFIO_USER_VGA,
    VFIO_USER_REGIONS
};

enum {
    VFIO_USER_REGION_READABLE = 1,
    VFIO_USER_REGION_WRITABLE = 2,
    VFIO_USER_REGION_MMAP = 4,
    VFIO_USER_REGION_CAPS = 8
};

struct vfio_user_region_info {
    uint32_t argsz;
    uint32_t flags;
    uint32_t index;
    uint32_t cap_offset;
    uint64_t size; /* 0: no such region */
    uint64_t offset;
};

enum vfio_user_irq {
    VFIO_USER_INTX,
    VFIO_USER_MSI,
    VFIO_USER_MSIX,
    VFIO_USER_ERR,
    VFIO_USER_REQ,
    VFIO_USER_IRQS
};

enum {
    VFIO_USER_IRQ_EVENTFD = 1,
    VFIO_USER_IRQ_MASKABLE = 2,
    VFIO_USER_IRQ_AUTOMASKED = 4,
    VFIO_USER_IRQ_NORESIZE = 8
};

struct vfio_user_irq_info {
    uint32_t argsz;
    uint32_t flags;
    uint32_t index;
    uint32_t count;
};

/* SET_IRQS: one of the DATA bits and one of the ACTION bits. */
enum {
    VFIO_USER_IRQ_DATA_NONE = 1,
    VFIO_USER_IRQ_DATA_BOOL = 2, /* `count` bytes follow */
    VFIO_USER_IRQ_DATA_EVENTFD = 4, /* descriptors come with the message; fewer than `count`: none = unset */
    VFIO_USER_IRQ_DATA_MASK = 7,
    VFIO_USER_IRQ_MASK = 8,
    VFIO_USER_IRQ_UNMASK = 16,
    VFIO_USER_IRQ_TRIGGER = 32,
    VFIO_USER_IRQ_ACTION_MASK = 56
};

struct vfio_user_irq_set {
    uint32_t argsz;
    uint32_t flags;
    uint32_t index;
    uint32_t start;
    uint32_t count; /* DATA_NONE, TRIGGER, count 0: disable the whole kind */
};

/* REGION_READ and REGION_WRITE, requests and replies. Data follow a read's reply and a write's request. */
struct vfio_user_region_access {
    uint64_t offset;
    uint32_t region;
    uint32_t count;
};

/* DMA_READ and DMA_WRITE, requests and replies. Data follow a read's reply and a write's request. */
struct vfio_user_dma_access {
    uint64_t address;
    uint64_t count;
};

/* REGION_WRITE_MULTI: `count` of vfio_user_write follow. Always sent without a wish for a reply. */
struct vfio_user_write_multi {
    uint64_t count;
};

struct vfio_user_write {
    uint64_t offset;
    uint32_t region;
    uint32_t count; /* 1 to 8 */
    uint8_t data[8];
};

_Static_assert(sizeof(struct vfio_user_header) == 16, "header");
_Static_assert(sizeof(struct vfio_user_version) == 4, "VERSION");
_Static_assert(sizeof(struct vfio_user_dma_map) == 32, "DMA_MAP");
_Static_assert(sizeof(struct vfio_user_dma_unmap) == 24, "DMA_UNMAP");
_Static_assert(sizeof(struct vfio_user_device_info) == 16, "DEVICE_GET_INFO");
_Static_assert(sizeof(struct vfio_user_region_info) == 32, "DEVICE_GET_REGION_INFO");
_Static_assert(sizeof(struct vfio_user_irq_info) == 16, "DEVICE_GET_IRQ_INFO");
_Static_assert(sizeof(struct vfio_user_irq_set) == 20, "DEVICE_SET_IRQS");
_Static_assert(sizeof(struct vfio_user_region_access) == 16, "REGION_READ, REGION_WRITE");
_Static_assert(sizeof(struct vfio_user_dma_access) == 16, "DMA_READ, DMA_WRITE");
_Static_assert(sizeof(struct vfio_user_write) == 24, "REGION_WRITE_MULTI");
