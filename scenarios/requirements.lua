-- SPDX-License-Identifier: BSD-2-Clause
-- What the scenarios check, as sentences. Level "M": public sources agree on it. Level "FYI": inferred, or a choice of our
-- model (sli4-port.md and sli4-io.md mark what is inferred).

local function area(prefix, source, list)
  for number, text in ipairs(list) do
    requirement { id = string.format("%s-%02d", prefix, number), text = text[1], level = text[2] or "M",
                  source = text[3] or source }
  end
end

area("QUEUE", "sli4-port.md 6", {
  { "A queue created by mailbox has an id other than 0xFFFF and works" },
  { "A create command with a parent that does not exist is rejected" },
  { "A destroyed queue is gone, and its id may be given again" },
  { "A ring wraps: entry after the last is the first, and nothing is lost or repeated" },
  { "A full WQ refuses the next entry until the port released slots" },
  { "An armed CQ raises one EQE for the next entry and is disarmed by it", "FYI", "sli4-port.md 6.10" },
  { "The port writes no entry for which the host has not given it room" },
  { "Hardware queues work side by side; each completion comes on its own CQ" },
  { "RELEASE entries return WQ slots in order" },
  { "A mailbox command for an unknown queue is rejected or does nothing", "FYI" },
  { "A create command with impossible parameters is rejected and makes nothing" },
  { "When all queues of a kind exist another is rejected", "FYI" },
  { "A destroyed WQ takes its entries along", "FYI" },
  { "Queue ids of every width work in every command and doorbell", "M", "sli4-port.md 2.8" },
  { "With few vectors the queues that there are work", "M", "sli4-port.md 7" },
  { "A delay of an EQ gathers events", "FYI", "sli4-port.md 6.11" },
  { "An abort stands in the WQ of its command", "M", "sli4-io.md 8.7" },
})

area("IO", "sli4-io.md 2.8, 3; fc-wire.md 5", {
  { "Data read is the data written, for every size and cut of the buffer" },
  { "A write waits for XFER_RDY unless first burst was negotiated" },
  { "A good response without ERSP completes with status 0 and the bytes placed" },
  { "An ERSP with an NVMe error reaches the host as the target sent it" },
  { "More data segments than the limit are refused, and nothing is lost by it" },
  { "A frame of data carries its relative offset; frames are full but the last of a sequence" },
  { "Written data is on the medium when the command completes" },
  { "A command that the target delays completes with the right data all the same" },
  { "A refused command can be submitted again" },
  { "Keep-alives go though every other XRI is out", "FYI", "sli4-io.md 6.14" },
  { "A transfer of which data is missing is not good" },
  { "The port sends no data beyond the command's buffer, whatever is asked for", "M", "sli4-io.md 5.7" },
})

area("LS", "fc-wire.md 5.2; sli4-io.md 2.5, 6.3, 6.4", {
  { "An LS request is answered by LS_ACC or LS_RJT with the request named" },
  { "LS_RJT is a good completion; its reason reaches the caller" },
  { "An LS without answer ends at its time-out, with ABTS" },
  { "The abort of an LS ends that LS only" },
  { "An association that was lost is made again" },
  { "A Disconnect of an unknown association is rejected with reason 0x40" },
  { "An answer that comes after the abort is dropped" },
  { "An accept that does not fit its request makes no association", "FYI" },
  { "Requests that are out when the login ends come back once, with an error", "M", "sli4-io.md 5.5" },
  { "A Disconnect from the target is accepted and ends the association", "M", "fc-wire.md 5.3" },
  { "A connect that fails halfway leaves nothing behind, and another can succeed", "M",
    "fc-wire.md 5.3, 7.1" },
})

area("ABTS", "sli4-io.md 2.9, 5.4; fc-wire.md 6", {
  { "An abort on a live link sends one ABTS with the OX_ID of the command" },
  { "The command completes as aborted, once" },
  { "An abort of a command that has ended sends nothing" },
  { "An unanswered ABTS is sent again once, then given up", "FYI" },
  { "BA_RJT ends the exchange as BA_ACC does" },
  { "With the link down an abort is local: no ABTS" },
  { "Many aborts at once all end" },
  { "done() of an aborted command comes after the port confirmed the end of the exchange" },
  { "The abort of a command goes into the queue of the command", "M", "sli4-io.md 2.9" },
  { "An ABTS of the target ends the exchange that it names and is answered; for none, BA_RJT", "M",
    "fc-wire.md 6.1, 6.4" },
  { "An abort that finds no free slot is made later, not dropped", "M", "sli4-io.md 6.10" },
  { "A command without response is aborted at its time-out, and the controller recovers", "M",
    "fc-wire.md 5.3" },
})

area("XRI", "sli4-io.md 5", {
  { "An XRI is not used while the port holds it" },
  { "XRI_ABORTED follows a completion with XB, on the same CQ, after it" },
  { "An XRI without posted SGL is not accepted" },
  { "With all XRIs out a command is refused with EBUSY, and goes when one is free" },
  { "XRIs may have holes and a base other than 0" },
  { "After a port reset every SGL is posted again" },
  { "An aborted XRI is not used towards the same remote port for R_A_TOV" },
  { "A WQE that names an XRI in use is rejected", "FYI" },
  { "XRI_ABORTED before the completion of its command loses neither", "FYI", "sli4-io.md 5.6" },
  { "A second XRI_ABORTED has no effect", "FYI", "sli4-io.md 6.19" },
  { "A command without XRI_ABORTED is returned by loss of the login or by a reset, not before", "FYI", "sli4-io.md 5.5" },
  { "An XRI rests until the abort of its last command has completed", "M", "sli4-io.md 8.7" },
  { "SGLs are posted in blocks that fit the payload page", "M", "sli4-io.md 1.3" },
  { "XRIs whose SGL the port refused are not used; the others are", "M", "sli4-io.md 6.11" },
  { "The quarantine of an XRI is of one remote port", "M", "sli4-io.md 5.2" },
  { "XRIs are shared out among remote ports: none starves", "FYI", "sli4-io.md 6.14" },
})

area("LINK", "sli4-port.md 6.8; sli4-io.md 5.5", {
  { "Link up is reported with speed and topology, and discovery follows" },
  { "After a link bounce the remote port comes back and I/O goes on" },
  { "What an earlier link instance asked for does not count in the present one", "M", "sli4-io.md 5.5" },
  { "A damaged frame is discarded, and what it belonged to recovers", "M", "fc-wire.md 1.5" },
  { "Credit is kept; lost credit comes back by a link reset, without a new login", "M",
    "fc-wire.md 1.7, 1.8" },
  { "Frames lost, repeated or out of order never make wrong data good", "M", "fc-wire.md 2.5" },
  { "A remote port is deleted when its device-loss time is over, not before", "M", "sli4-io.md 7.3" },
})

area("DISC", "fc-wire.md 3, 4; sli4-port.md 5.1", {
  { "FLOGI, name server, PLOGI, PRLI lead to a registered NVMe target" },
  { "RSCN makes the host look again; a port that is still there is not disturbed" },
  { "Point-to-point: the port with the higher WWPN assigns the addresses" },
  { "A request that is not supported is answered with LS_RJT 0x0B" },
  { "Discovery ends with the ports that are there, whatever the name server did meanwhile, and asks no more" },
  { "A port that went away is found again when it is back, within device-loss time and after it" },
  { "A login that the other side begins again ends the old one and is completed" },
  { "After LOGO or PRLO in any state a new login follows" },
  { "ADISC is answered and changes nothing, unless the names differ" },
  { "PRLI refused as busy is repeated; refused for good it is not, while the link stays", "FYI" },
  { "The WWPN is a port's identity: an address can change hands" },
  { "The service parameters of a PRLI accept decide what a port is registered as" },
  { "Refusals and silence of the fabric's services are answered with measured retries", "FYI" },
  { "An RPI comes back when its login has ended, and is not used in between" },
})

area("RESET", "sli4-port.md 2.10, 8", {
  { "After CONTROL.IP the port touches no host memory" },
  { "A recoverable port error is recovered; every request is returned once" },
  { "A port that is gone ends in a clean error" },
  { "A command is returned once, at whatever stage the error strikes" },
  { "An error during bring-up ends in a clean state, and a second try is good", "M", "sli4-port.md 5.1" },
  { "A mailbox command that is not answered in time resets the port; its memory stays the port's until then", "M",
    "sli4-port.md 3.5, 8.2" },
  { "A port that falls silent is found out and reset", "FYI" },
  { "Reasons for a reset that come together make one reset" },
  { "Shutdown in any state leaves nothing behind" },
  { "A refused mailbox command of the login does not keep the HBA from logging in for good", "M", "sli4-port.md 5.2" },
})

-- What a port does that breaks the rules. No reference says how a host must end then; that it must not crash, leak, hang or
-- pass wrong data on is the contract of driver/transport/nvme_fc.h.
area("ERR", "nvme_fc.h; known-defects.md tables 1, 2", {
  { "A completion that comes twice ends its command once", "FYI" },
  { "Completions end the commands that they name, in whatever order they come" },
  { "Lengths of the port that cannot be are an error, not a good answer", "FYI" },
  { "A completion that never comes is recovered in bounded time", "FYI" },
  { "Lost, late, repeated and wrong events and interrupts lose no command", "FYI" },
  { "An abort that fails or is not answered loses neither command nor XRI", "FYI" },
  { "Data or entries at a wrong address end the command, or the port; the host recovers", "FYI" },
  { "Entries with foreign ids are dropped", "FYI" },
  { "Every status of a WQE ends its command with an error, once", "M", "sli4-io.md 3.6, 3.7" },
  { "Receive buffers are all accounted for when they were short", "FYI", "sli4-port.md 6.7" },
})
