// SPDX-License-Identifier: BSD-2-Clause
// State of one work queue in the port: how many entries are posted and not fetched, and which is next.
//
//   ring    | . | . |next|####|####|####| . | . |       pending = 4
//                 index_o ^     posted by doorbell ^
//
// A host may keep Depth - 1 entries in the ring (sli4-port.md 6.1); a doorbell for more would mean that it
// overwrote entries that were not fetched. Such a doorbell is refused as a whole.

module sli_wq_ring #(
  parameter logic [12:0] Depth = 13'd8       // 2 to 4096
) (
  input  logic        clk_i,
  input  logic        rst_i,        // synchronous
  input  logic        posted_i,     // doorbell for this queue
  input  logic [12:0] count_i,
  input  logic        fetch_i,      // the next entry is fetched; only while pending_o is not 0
  output logic [12:0] pending_o,
  output logic [12:0] index_o,      // of the next entry to fetch
  output logic        overflow_o    // pulse: a doorbell was refused
);

  logic [12:0] pending_q, index_q, left;
  logic [13:0] sum;
  logic        fits;

  assign left = pending_q - {12'd0, fetch_i};
  assign sum  = {1'b0, left} + {1'b0, count_i};
`ifdef BUG_RING_OVERFILLED
  assign fits = sum <= {1'b0, Depth} + 14'd1;
`else
  assign fits = sum < {1'b0, Depth};
`endif
  assign pending_o = pending_q;
  assign index_o   = index_q;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      pending_q  <= '0;
      index_q    <= '0;
      overflow_o <= 1'b0;
    end else begin
      pending_q  <= (posted_i && fits) ? sum[12:0] : left;
      overflow_o <= posted_i && !fits;
      if (fetch_i) index_q <= (index_q == Depth - 13'd1) ? '0 : index_q + 13'd1;
    end
  end

`ifdef FORMAL
  // Occupancy is what the host's and the port's indices say, and both stay inside the ring.
  logic        started = 1'b0;
  logic [12:0] host_q;              // the host's index: where it posts next
  logic [13:0] host_d;

  assign host_d = {1'b0, host_q} + {1'b0, count_i};

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) `ASSUME (rst_i);
    `ASSUME (!fetch_i || pending_o != '0);

    if (rst_i) host_q <= '0;
    else if (posted_i && fits) host_q <= (host_d >= {1'b0, Depth}) ? 13'(host_d - {1'b0, Depth}) : host_d[12:0];

    if (started) begin
      assert (pending_q < Depth && index_q < Depth && host_q < Depth);
      assert (pending_q == ((host_q >= index_q) ? host_q - index_q : host_q + Depth - index_q));
    end
  end
`endif

endmodule
