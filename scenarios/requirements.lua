-- SPDX-License-Identifier: BSD-2-Clause
-- What the scenarios check, as sentences. Level "M": public sources agree on it. Level "FYI": inferred, or a choice of our
-- model (sli4-port.md and sli4-io.md mark what is inferred). `problems`: what to think of when it is not met; the report
-- shows it with every scenario that covers the requirement. `uncovered`: why no scenario shows it.

local function area(prefix, source, list)
  for number, entry in ipairs(list) do
    requirement { id = string.format("%s-%02d", prefix, number), text = entry[1], level = entry[2] or "M",
                  source = entry[3] or source, problems = entry.problems, uncovered = entry.uncovered }
  end
end

area("QUEUE", "sli4-port.md 6", {
  { "A queue created by mailbox has an id other than 0xFFFF and works",
    problems = "Id 0 is a good id. An id that works in the create but not in its doorbell points to " ..
               "doorbell bits that were cut off." },
  { "A create command with a parent that does not exist is rejected",
    problems = "A port may refuse with another status than ILLEGAL FIELD (0x03) and be right; an id for " ..
               "such a queue is the failure." },
  { "A destroyed queue is gone, and its id may be given again",
    problems = "A destroy that answers before the queue's last DMA has ended shows later, as a write to " ..
               "memory that is free again." },
  { "A ring wraps: entry after the last is the first, and nothing is lost or repeated",
    problems = "A depth that is not a power of two, or a valid bit that does not change with the lap, " ..
               "fails at the first wrap only." },
  { "A full WQ refuses the next entry until the port released slots",
    problems = "Releases that come in large steps look like a stall; the queue must go on when they " ..
               "have come." },
  { "An armed CQ raises one EQE for the next entry and is disarmed by it", "FYI", "sli4-port.md 6.10",
    problems = "Whether further entries of an armed CQ make events of their own before it is armed " ..
               "again is inferred." },
  { "The port writes no entry for which the host has not given it room",
    problems = "A port that counts room by its own index and not by the host's doorbells overruns in " ..
               "the second lap only." },
  { "Hardware queues work side by side; each completion comes on its own CQ",
    problems = "With fewer vectors than queues completions share an interrupt; the CQ on which they " ..
               "come is what counts." },
  { "RELEASE entries return WQ slots in order",
    problems = "What the index of a RELEASE names is uncertain in the reference; the order is not." },
  { "A mailbox command for an unknown queue is rejected or does nothing", "FYI",
    problems = "Public sources do not say which status an unknown id has; what must not be is an effect " ..
               "on another queue." },
  { "A create command with impossible parameters is rejected and makes nothing",
    problems = "A port may refuse with another status than ILLEGAL FIELD (0x03); it may also take " ..
               "values of which the reference says nothing, but none of those used here." },
  { "When all queues of a kind exist another is rejected", "FYI",
    problems = "How many queues there are depends on the configuration of the function; the limits are " ..
               "made small here." },
  { "A destroyed WQ takes its entries along", "FYI",
    problems = "A port that has fetched an entry before the destroy may complete it; one that comes in " ..
               "the next queue is wrong." },
  { "Queue ids of every width work in every command and doorbell", "M", "sli4-port.md 2.8",
    problems = "A port that gives small ids never uses the high bits: on such a port this passes " ..
               "without having shown anything." },
  { "With few vectors the queues that there are work", "M", "sli4-port.md 7",
    problems = "A host or guest with few interrupt vectors is the usual cause; the driver must not wait " ..
               "for a vector it has not got." },
  { "A delay of an EQ gathers events", "FYI", "sli4-port.md 6.11",
    problems = "The unit of the delay is inferred, and firmware may round it; only more or fewer " ..
               "interrupts are compared." },
  { "An abort stands in the WQ of its command", "M", "sli4-io.md 8.7",
    problems = "An abort in another queue can overtake its command: seen only under load, and taken for " ..
               "a lost completion." },
})

area("IO", "sli4-io.md 2.8, 3; fc-wire.md 5", {
  { "Data read is the data written, for every size and cut of the buffer",
    problems = "A mismatch that begins at a segment's boundary points to the SGL; one at 2112 bytes to " ..
               "the reassembly of frames." },
  { "A write waits for XFER_RDY unless first burst was negotiated",
    problems = "A target that grants less than was asked for makes several bursts; a port that sends " ..
               "all at the first is wrong." },
  { "A good response without ERSP completes with status 0 and the bytes placed",
    problems = "A response without ERSP carries no length: the bytes placed come from the port's CQE " ..
               "alone." },
  { "An ERSP with an NVMe error reaches the host as the target sent it",
    problems = "The ERSP comes into the buffer that the WQE names; a CQE that is right with an old " ..
               "buffer fails here." },
  { "More data segments than the limit are refused, and nothing is lost by it",
    problems = "The limit is the driver's, from what the port reports; a port with more room must be " ..
               "configured down to see it." },
  { "A frame of data carries its relative offset; frames are full but the last of a sequence",
    problems = "Targets may send frames shorter than the full size; frames of the port under test may " ..
               "not, but the last." },
  { "Written data is on the medium when the command completes",
    problems = "A target with a volatile cache may answer earlier; flush is then what makes data " ..
               "durable." },
  { "A command that the target delays completes with the right data all the same",
    problems = "Long delays meet the command time-out of the transport: the delays here are below it." },
  { "A refused command can be submitted again",
    problems = "The errno for a temporary lack is -EBUSY by the contract; other drivers may have other " ..
               "words for it." },
  { "Keep-alives go though every other XRI is out", "FYI", "sli4-io.md 6.14",
    problems = "A host without XRIs kept aside fails here by losing its association after the " ..
               "keep-alive time-out." },
  { "A transfer of which data is missing is not good",
    problems = "What a port reports for missing data differs (underrun, sequence time-out); a good " ..
               "status is the failure." },
  { "The port sends no data beyond the command's buffer, whatever is asked for", "M", "sli4-io.md 5.7",
    problems = "The reason reported is inferred. The frames on the wire are what is judged." },
})

area("LS", "fc-wire.md 5.2; sli4-io.md 2.5, 6.3, 6.4", {
  { "An LS request is answered by LS_ACC or LS_RJT with the request named",
    problems = "An answer found by OX_ID alone can be given to the wrong request after ids have " ..
               "wrapped." },
  { "LS_RJT is a good completion; its reason reaches the caller",
    problems = "A port that reports a reject as an error hides its reason from the transport, which " ..
               "then retries for nothing." },
  { "An LS without answer ends at its time-out, with ABTS",
    problems = "The port has a timer of its own (tmo of the WQE); when it is shorter than the " ..
               "transport's the abort comes earlier." },
  { "The abort of an LS ends that LS only",
    problems = "An abort that is found by its remote port and not by its request ends the neighbours " ..
               "too." },
  { "An association that was lost is made again",
    problems = "How long a host waits before it connects again is its own choice; the scenario gives it " ..
               "a minute or more." },
  { "A Disconnect of an unknown association is rejected with reason 0x40",
    problems = "The reason is the target's answer, not the port's: with a target that has another " ..
               "reason this fails." },
  { "An answer that comes after the abort is dropped",
    problems = "Without quarantine of the OX_ID a late answer may meet the next request that uses it." },
  { "An accept that does not fit its request makes no association", "FYI",
    problems = "Which mismatches a host checks is its own choice, but for the request that the accept " ..
               "names." },
  { "Requests that are out when the login ends come back once, with an error", "M", "sli4-io.md 5.5",
    problems = "Local status of commands that are flushed differs between firmware; how often they come " ..
               "back does not." },
  { "A Disconnect from the target is accepted and ends the association", "M", "fc-wire.md 5.3",
    problems = "A host that only accepts and forgets to end the association is found by the commands " ..
               "that stay out." },
  { "A connect that fails halfway leaves nothing behind, and another can succeed", "M",
    "fc-wire.md 5.3, 7.1",
    problems = "A target that keeps half a connection until its association time-out may refuse the " ..
               "second try." },
})

area("ABTS", "sli4-io.md 2.9, 5.4; fc-wire.md 6", {
  { "An abort on a live link sends one ABTS with the OX_ID of the command",
    problems = "An abort may cross the response: then the command is good and there is no ABTS. Hold " ..
               "the command at the target." },
  { "The command completes as aborted, once",
    problems = "The completion of the abort and that of the command come in either order." },
  { "An abort of a command that has ended sends nothing",
    problems = "Whether an abort finds its command is a race on hardware; the scenario lets the command " ..
               "end before." },
  { "An unanswered ABTS is sent again once, then given up", "FYI",
    problems = "The time-out (2 x R_A_TOV) and the single repeat are inferred; a port may try more " ..
               "often." },
  { "BA_RJT ends the exchange as BA_ACC does",
    problems = "The reason of BA_RJT (0x03 with 0x03: no such exchange) says that the target had ended; " ..
               "both ways the XRI is free." },
  { "With the link down an abort is local: no ABTS",
    problems = "A port that takes down a link late may still send the ABTS; then no answer ever comes " ..
               "to it." },
  { "Many aborts at once all end",
    problems = "When the WQ is short of slots aborts wait in the driver: the last may come much later " ..
               "than the first." },
  { "done() of an aborted command comes after the port confirmed the end of the exchange",
    problems = "A driver that returns the buffer with the first completion lets late data write into " ..
               "memory that is free again." },
  { "The abort of a command goes into the queue of the command", "M", "sli4-io.md 2.9",
    problems = "On a port with one WQ in all the rule cannot be seen: several hardware queues are " ..
               "needed." },
  { "An ABTS of the target ends the exchange that it names and is answered; for none, BA_RJT", "M",
    "fc-wire.md 6.1, 6.4",
    problems = "A target that never sends an ABTS leaves this unseen on hardware; the model's is told " ..
               "to." },
  { "An abort that finds no free slot is made later, not dropped", "M", "sli4-io.md 6.10",
    problems = "The driver must keep the abort by itself: an abort has no buffer of its own in which a " ..
               "transport could retry it." },
  { "A command without response is aborted at its time-out, and the controller recovers", "M",
    "fc-wire.md 5.3",
    problems = "Time-outs are long (tens of seconds); on hardware this scenario takes as long as they " ..
               "are." },
})

area("XRI", "sli4-io.md 5", {
  { "An XRI is not used while the port holds it",
    problems = "A breach shows as data of an old command in a new one, rarely and far from its cause; " ..
               "the ledger finds it at once." },
  { "XRI_ABORTED follows a completion with XB, on the same CQ, after it",
    problems = "With XB not set there is no XRI_ABORTED to wait for; firmware that sets XB late loses " ..
               "the XRI for good." },
  { "An XRI without posted SGL is not accepted",
    problems = "A port may check at the WQE or at the first data; either way the WQE must not be good." },
  { "With all XRIs out a command is refused with EBUSY, and goes when one is free",
    problems = "What runs out first is the pool of the driver, not of the port, when the port offers " ..
               "more XRIs than were taken." },
  { "XRIs may have holes and a base other than 0",
    problems = "Seen only where the port's base is not 0; drivers that take the XRI for an index fail " ..
               "here and nowhere else." },
  { "After a port reset every SGL is posted again",
    problems = "A port that keeps SGLs over a reset passes without them; the check is that they were " ..
               "posted." },
  { "An aborted XRI is not used towards the same remote port for R_A_TOV",
    problems = "The time is that of the fabric (FLOGI): one that grants a short R_A_TOV shortens the " ..
               "quarantine." },
  { "A WQE that names an XRI in use is rejected", "FYI",
    problems = "A port may take it for an error of the host and stop; the model rejects the WQE and " ..
               "goes on." },
  { "XRI_ABORTED before the completion of its command loses neither", "FYI", "sli4-io.md 5.6",
    problems = "On one CQ a port keeps the order; the other is seen with several CQs or after " ..
               "interrupts that were lost." },
  { "A second XRI_ABORTED has no effect", "FYI", "sli4-io.md 6.19",
    problems = "The port breaks the rules here: whether a host survives is judged, not the port." },
  { "A command without XRI_ABORTED is returned by loss of the login or by a reset, not before", "FYI", "sli4-io.md 5.5",
    problems = "How long a host waits is its own choice; one that waits for ever fails, one that does " ..
               "not wait at all too." },
  { "An XRI rests until the abort of its last command has completed", "M", "sli4-io.md 8.7",
    problems = "The order of the abort's completion and of XRI_ABORTED is not defined; both have to be " ..
               "there." },
  { "SGLs are posted in blocks that fit the payload page", "M", "sli4-io.md 1.3",
    problems = "A block larger than the payload page is cut or refused by the port; then some XRIs have " ..
               "no SGL." },
  { "XRIs whose SGL the port refused are not used; the others are", "M", "sli4-io.md 6.11",
    problems = "A port may refuse a block for lack of memory without being at fault; what is judged is " ..
               "the use of its XRIs." },
  { "The quarantine of an XRI is of one remote port", "M", "sli4-io.md 5.2",
    problems = "A quarantine of the XRI for everybody is safe but starves hosts with few XRIs; hence it " ..
               "is judged by port." },
  { "XRIs are shared out among remote ports: none starves", "FYI", "sli4-io.md 6.14",
    problems = "Fairness is a choice of the host; numbers differ with the load, none may be zero." },
})

area("LINK", "sli4-port.md 6.8; sli4-io.md 5.5", {
  { "Link up is reported with speed and topology, and discovery follows",
    problems = "Speeds come from negotiation with the switch; on hardware the expected speed has to be " ..
               "what that allows." },
  { "After a link bounce the remote port comes back and I/O goes on",
    problems = "Targets may need seconds to take a new login; the time given here is longer than " ..
               "R_A_TOV." },
  { "What an earlier link instance asked for does not count in the present one", "M", "sli4-io.md 5.5",
    problems = "Answers of an earlier link look like good ones: without the instance of the link they " ..
               "cannot be told apart." },
  { "A damaged frame is discarded, and what it belonged to recovers", "M", "fc-wire.md 1.5",
    problems = "CRC errors on a real link also cost words outside of frames; then credit is lost as " ..
               "well." },
  { "Credit is kept; lost credit comes back by a link reset, without a new login", "M",
    "fc-wire.md 1.7, 1.8",
    problems = "Some links have no credit recovery: then E_D_TOV and a link reset are what is left." },
  { "Frames lost, repeated or out of order never make wrong data good", "M", "fc-wire.md 2.5",
    problems = "Class 3 gives no order across exchanges; inside of a sequence fabrics keep it, and this " ..
               "scenario breaks it." },
  { "A remote port is deleted when its device-loss time is over, not before", "M", "sli4-io.md 7.3",
    problems = "The device-loss time is the transport's (60 s if nothing is said): a driver may not " ..
               "shorten it." },
})

area("DISC", "fc-wire.md 3, 4; sli4-port.md 5.1", {
  { "FLOGI, name server, PLOGI, PRLI lead to a registered NVMe target",
    problems = "Other name server queries may come in between; the four must be there, in this order." },
  { "RSCN makes the host look again; a port that is still there is not disturbed",
    problems = "An RSCN may name a port, an area, a domain or the whole fabric; a host may look at all " ..
               "of it each time." },
  { "Point-to-point: the port with the higher WWPN assigns the addresses",
    problems = "Equal names cannot be; on hardware two ports back to back are needed." },
  { "A request that is not supported is answered with LS_RJT 0x0B",
    problems = "Unknown requests to a driver that passes them on to another protocol may be answered " ..
               "otherwise." },
  { "Discovery ends with the ports that are there, whatever the name server did meanwhile, and asks no more",
    problems = "Switches delay RSCNs and join them; the end state is judged, not the number of queries." },
  { "A port that went away is found again when it is back, within device-loss time and after it",
    problems = "When exactly the device-loss time begins differs by some milliseconds between hosts." },
  { "A login that the other side begins again ends the old one and is completed",
    problems = "Both sides may log in at once; the higher name wins on point to point, on a fabric both " ..
               "logins stand." },
  { "After LOGO or PRLO in any state a new login follows",
    problems = "Commands may come back before the LOGO is answered; that each comes back once is what " ..
               "counts." },
  { "ADISC is answered and changes nothing, unless the names differ",
    problems = "Some targets use ADISC after each RSCN; a host that logs in again for it loses its I/O " ..
               "for a moment." },
  { "PRLI refused as busy is repeated; refused for good it is not, while the link stays", "FYI",
    problems = "How often and how fast a host retries is its own choice; without end is the failure." },
  { "The WWPN is a port's identity: an address can change hands",
    problems = "A host that looks up ports by address passes until addresses change hands." },
  { "The service parameters of a PRLI accept decide what a port is registered as",
    problems = "Initiator and target bits may both be set; then a host may register it as both." },
  { "Refusals and silence of the fabric's services are answered with measured retries", "FYI",
    problems = "Retry counts and pauses are the host's choice; the scenario gives them time, and bounds " ..
               "their number." },
  { "An RPI comes back when its login has ended, and is not used in between",
    problems = "An RPI may be busy until UNREG_RPI has completed, however long ago the LOGO was." },
})

area("RESET", "sli4-port.md 2.10, 8", {
  { "After CONTROL.IP the port touches no host memory",
    problems = "DMA that was posted on PCIe before the reset may land just after it; what counts is the " ..
               "end of the reset." },
  { "A recoverable port error is recovered; every request is returned once",
    problems = "Which bits a port sets with a recoverable error (ERR, RN, DIP) differs; RN asks for the " ..
               "reset." },
  { "A port that is gone ends in a clean error",
    problems = "All ones may also be a value that a register has; a driver looks at more than one read." },
  { "A command is returned once, at whatever stage the error strikes",
    problems = "Where the port stood when the error struck is only known to the model; on hardware it " ..
               "is a matter of luck." },
  { "An error during bring-up ends in a clean state, and a second try is good", "M", "sli4-port.md 5.1",
    problems = "What a port keeps of a broken bring-up until its reset is not defined; the second try " ..
               "begins with a reset." },
  { "A mailbox command that is not answered in time resets the port; its memory stays the port's until then", "M",
    "sli4-port.md 3.5, 8.2",
    problems = "The answer to a command that was given up may still come and write into its memory " ..
               "until the reset." },
  { "A port that falls silent is found out and reset", "FYI",
    problems = "How a host finds out is its own choice: a heartbeat, a command without effect, both." },
  { "Reasons for a reset that come together make one reset",
    problems = "An error during the reset is another reason, not the same: it has its own scenario." },
  { "Shutdown in any state leaves nothing behind",
    problems = "The states are those of the reference driver; another driver has others, and may need " ..
               "time to get out of them." },
  { "A refused mailbox command of the login does not keep the HBA from logging in for good", "M", "sli4-port.md 5.2",
    problems = "A port may refuse a command for lack of resources and take it a moment later: the " ..
               "driver has to try again." },
})

-- What a port does that breaks the rules. No reference says how a host must end then; that it must not crash, leak, hang or
-- pass wrong data on is the contract of driver/transport/nvme_fc.h.
area("ERR", "nvme_fc.h; known-defects.md tables 1, 2", {
  { "A completion that comes twice ends its command once", "FYI",
    problems = "The port breaks the rules here; hosts differ in what they report, none may end the " ..
               "command twice." },
  { "Completions end the commands that they name, in whatever order they come",
    problems = "Nothing is broken here: order across commands was never promised. A failure is a host " ..
               "that counts instead of looks." },
  { "Lengths of the port that cannot be are an error, not a good answer", "FYI",
    problems = "Inside of what is mapped a host cannot notice a wrong length that is possible; those " ..
               "here are not." },
  { "A completion that never comes is recovered in bounded time", "FYI",
    problems = "How long a host waits before it resets is its own choice; a minute is enough here." },
  { "Lost, late, repeated and wrong events and interrupts lose no command", "FYI",
    problems = "A host that polls recovers at once, one that trusts interrupts needs a watchdog; ten " ..
               "seconds are given." },
  { "An abort that fails or is not answered loses neither command nor XRI", "FYI",
    problems = "An abort without completion cannot be told from a slow one but by time." },
  { "Data or entries at a wrong address end the command, or the port; the host recovers", "FYI",
    problems = "Without an IOMMU a wrong address inside of memory is not found by anybody; the bench " ..
               "faults every access outside of what is mapped." },
  { "Entries with foreign ids are dropped", "FYI",
    problems = "The command whose entry was spoiled has lost it; how that ends is another requirement " ..
               "(ERR-04)." },
  { "Every status of a WQE ends its command with an error, once", "M", "sli4-io.md 3.6, 3.7",
    problems = "A status that the reference does not list must be taken for an error." },
  { "Receive buffers are all accounted for when they were short", "FYI", "sli4-port.md 6.7",
    problems = "How many frames a port holds while it has no buffers is its own choice; the rest is " ..
               "lost and asked for again." },
})
