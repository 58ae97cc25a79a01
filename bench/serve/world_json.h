/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration of a world as JSON and back, for the control socket (docs/serve.md, "world"). The members of the
 * structures of model.h under their names; WWNs and the seed as strings "0x...", or as numbers; what is left out is the
 * model's default. */
#pragma once
#include <jansson.h>
#include "bench/serve/control.h"
#include "rtl-model/model.h"

/* NULL: no memory, or a string that is no UTF-8. */
json_t *world_config_json(const struct world_config *config);

/* Strings of the configuration live in `json`. False with an error that names the field ("targets[0].namespaces[2].nsid").
 * Only the form is checked: what makes sense is for world_create to say. */
bool world_config_of_json(json_t *json, struct world_config *config, struct control_error *error);
