// Compiles schemas by Ajv in its strict mode and validates documents: JSON in, JSON out. Found through NODE_PATH.
// In: {"schemas": {NAME: schema}, "documents": [[NAME, document]]}. Out: a list of errors for each document.
"use strict";

const Ajv = require("ajv");

const { schemas, documents } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
ajv.addVocabulary(["x-taplo", "x-tombi-toml-version", "x-tombi-table-keys-order"]);

const validators = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, ajv.compile(schema)]));
const answers = documents.map(([name, document]) => (validators[name](document) ? [] : validators[name].errors));
process.stdout.write(JSON.stringify(answers));
