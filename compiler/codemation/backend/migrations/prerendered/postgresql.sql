-- 0001 3e41524b2ace54db2440134f58a84e48bb2add23d9fdce8f300057719289a7ad
CREATE TABLE codemation_revision (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT codemation_revision_pkc PRIMARY KEY (version_num)
);
--
CREATE TABLE codemation_revision_log (
	revision TEXT NOT NULL, 
	checksum TEXT NOT NULL, 
	applied_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	duration_ms BIGINT, 
	program_version TEXT NOT NULL, 
	CONSTRAINT pk_codemation_revision_log PRIMARY KEY (revision)
);
--
CREATE TABLE auth_users (
	id BIGSERIAL NOT NULL, 
	email TEXT NOT NULL, 
	display_name TEXT, 
	password_hash TEXT, 
	status TEXT NOT NULL, 
	email_verified_at TIMESTAMP WITH TIME ZONE, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_auth_users PRIMARY KEY (id), 
	CONSTRAINT ck_auth_users_status CHECK (status IN ('invited', 'active', 'inactive')), 
	CONSTRAINT uq_auth_users_email UNIQUE (email)
);
--
CREATE TABLE auth_verification_tokens (
	token_hash TEXT NOT NULL, 
	identifier TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_auth_verification_tokens PRIMARY KEY (token_hash), 
	CONSTRAINT ck_auth_verification_tokens_purpose CHECK (purpose IN ('sign_in', 'verify_email', 'reset_password'))
);
--
CREATE INDEX ix_auth_verification_tokens_expires_at ON auth_verification_tokens (expires_at);
--
CREATE TABLE debugger_overlays (
	workflow_id TEXT NOT NULL, 
	state JSONB NOT NULL, 
	copied_from_run_id BIGINT, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_debugger_overlays PRIMARY KEY (workflow_id)
);
--
CREATE TABLE trigger_setup_states (
	workflow_id TEXT NOT NULL, 
	node_id TEXT NOT NULL, 
	state JSONB NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_trigger_setup_states PRIMARY KEY (workflow_id, node_id)
);
--
CREATE TABLE workflow_snapshots (
	content_hash TEXT NOT NULL, 
	workflow_id TEXT NOT NULL, 
	definition JSONB NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_workflow_snapshots PRIMARY KEY (content_hash), 
	CONSTRAINT ck_workflow_snapshots_content_hash CHECK (length(content_hash) = 64)
);
--
CREATE INDEX ix_workflow_snapshots_workflow_id_created_at ON workflow_snapshots (workflow_id, created_at);
--
CREATE TABLE auth_accounts (
	id BIGSERIAL NOT NULL, 
	user_id BIGINT NOT NULL, 
	provider TEXT NOT NULL, 
	provider_account_id TEXT NOT NULL, 
	email TEXT, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	last_used_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_auth_accounts PRIMARY KEY (id), 
	CONSTRAINT fk_auth_accounts_user_id FOREIGN KEY(user_id) REFERENCES auth_users (id) ON DELETE CASCADE, 
	CONSTRAINT uq_auth_accounts_provider_provider_account_id UNIQUE (provider, provider_account_id)
);
--
CREATE INDEX ix_auth_accounts_user_id ON auth_accounts (user_id);
--
CREATE TABLE auth_invites (
	id BIGSERIAL NOT NULL, 
	user_id BIGINT NOT NULL, 
	invited_by_id BIGINT, 
	token_hash TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	accepted_at TIMESTAMP WITH TIME ZONE, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_auth_invites PRIMARY KEY (id), 
	CONSTRAINT fk_auth_invites_invited_by_id FOREIGN KEY(invited_by_id) REFERENCES auth_users (id) ON DELETE SET NULL, 
	CONSTRAINT fk_auth_invites_user_id FOREIGN KEY(user_id) REFERENCES auth_users (id) ON DELETE CASCADE, 
	CONSTRAINT uq_auth_invites_token_hash UNIQUE (token_hash)
);
--
CREATE INDEX ix_auth_invites_expires_at ON auth_invites (expires_at);
--
CREATE INDEX ix_auth_invites_user_id ON auth_invites (user_id);
--
CREATE TABLE auth_sessions (
	id BIGSERIAL NOT NULL, 
	user_id BIGINT NOT NULL, 
	token_hash TEXT NOT NULL, 
	ip_address TEXT, 
	user_agent TEXT, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_auth_sessions PRIMARY KEY (id), 
	CONSTRAINT fk_auth_sessions_user_id FOREIGN KEY(user_id) REFERENCES auth_users (id) ON DELETE CASCADE, 
	CONSTRAINT uq_auth_sessions_token_hash UNIQUE (token_hash)
);
--
CREATE INDEX ix_auth_sessions_expires_at ON auth_sessions (expires_at);
--
CREATE INDEX ix_auth_sessions_user_id ON auth_sessions (user_id);
--
CREATE TABLE credential_instances (
	id BIGSERIAL NOT NULL, 
	credential_type TEXT NOT NULL, 
	display_name TEXT NOT NULL, 
	public_config JSONB NOT NULL, 
	tags JSONB NOT NULL, 
	setup_status TEXT NOT NULL, 
	created_by_id BIGINT, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_credential_instances PRIMARY KEY (id), 
	CONSTRAINT ck_credential_instances_setup_status CHECK (setup_status IN ('draft', 'ready', 'disabled')), 
	CONSTRAINT fk_credential_instances_created_by_id FOREIGN KEY(created_by_id) REFERENCES auth_users (id) ON DELETE SET NULL
);
--
CREATE TABLE workflow_activations (
	workflow_id TEXT NOT NULL, 
	active BOOLEAN NOT NULL, 
	changed_by_id BIGINT, 
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_workflow_activations PRIMARY KEY (workflow_id), 
	CONSTRAINT fk_workflow_activations_changed_by_id FOREIGN KEY(changed_by_id) REFERENCES auth_users (id) ON DELETE SET NULL
);
--
CREATE TABLE credential_bindings (
	workflow_id TEXT NOT NULL, 
	node_id TEXT NOT NULL, 
	slot_key TEXT NOT NULL, 
	instance_id BIGINT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_credential_bindings PRIMARY KEY (workflow_id, node_id, slot_key), 
	CONSTRAINT fk_credential_bindings_instance_id FOREIGN KEY(instance_id) REFERENCES credential_instances (id) ON DELETE CASCADE
);
--
CREATE INDEX ix_credential_bindings_instance_id ON credential_bindings (instance_id);
--
CREATE TABLE credential_oauth2_states (
	state_hash TEXT NOT NULL, 
	instance_id BIGINT NOT NULL, 
	user_id BIGINT, 
	code_verifier_ciphertext BYTEA, 
	key_id TEXT, 
	redirect_uri TEXT NOT NULL, 
	scopes JSONB NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	consumed_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_credential_oauth2_states PRIMARY KEY (state_hash), 
	CONSTRAINT ck_credential_oauth2_states_key_id CHECK ((code_verifier_ciphertext IS NULL) = (key_id IS NULL)), 
	CONSTRAINT fk_credential_oauth2_states_instance_id FOREIGN KEY(instance_id) REFERENCES credential_instances (id) ON DELETE CASCADE, 
	CONSTRAINT fk_credential_oauth2_states_user_id FOREIGN KEY(user_id) REFERENCES auth_users (id) ON DELETE CASCADE
);
--
CREATE INDEX ix_credential_oauth2_states_expires_at ON credential_oauth2_states (expires_at);
--
CREATE TABLE credential_oauth2_tokens (
	instance_id BIGINT NOT NULL, 
	ciphertext BYTEA NOT NULL, 
	key_id TEXT NOT NULL, 
	schema_version INTEGER NOT NULL, 
	scopes JSONB NOT NULL, 
	account_label TEXT, 
	access_token_expires_at TIMESTAMP WITH TIME ZONE, 
	connected_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_credential_oauth2_tokens PRIMARY KEY (instance_id), 
	CONSTRAINT ck_credential_oauth2_tokens_schema_version CHECK (schema_version > 0), 
	CONSTRAINT fk_credential_oauth2_tokens_instance_id FOREIGN KEY(instance_id) REFERENCES credential_instances (id) ON DELETE CASCADE
);
--
CREATE TABLE credential_secrets (
	instance_id BIGINT NOT NULL, 
	ciphertext BYTEA NOT NULL, 
	key_id TEXT NOT NULL, 
	schema_version INTEGER NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_credential_secrets PRIMARY KEY (instance_id), 
	CONSTRAINT ck_credential_secrets_schema_version CHECK (schema_version > 0), 
	CONSTRAINT fk_credential_secrets_instance_id FOREIGN KEY(instance_id) REFERENCES credential_instances (id) ON DELETE CASCADE
);
--
CREATE TABLE credential_test_results (
	id BIGSERIAL NOT NULL, 
	instance_id BIGINT NOT NULL, 
	status TEXT NOT NULL, 
	message TEXT, 
	details JSONB, 
	tested_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_credential_test_results PRIMARY KEY (id), 
	CONSTRAINT ck_credential_test_results_status CHECK (status IN ('healthy', 'failing', 'unknown')), 
	CONSTRAINT fk_credential_test_results_instance_id FOREIGN KEY(instance_id) REFERENCES credential_instances (id) ON DELETE CASCADE
);
--
CREATE INDEX ix_credential_test_results_expires_at ON credential_test_results (expires_at);
--
CREATE INDEX ix_credential_test_results_instance_id_tested_at ON credential_test_results (instance_id, tested_at);
--
INSERT INTO codemation_revision (version_num) VALUES ('0001') RETURNING codemation_revision.version_num;

-- 0002 61672917a30ecc038ce16d5d924650bdae527bd0fae8ce7dd53238f977b79b70
CREATE TABLE test_suite_runs (
	id BIGSERIAL NOT NULL, 
	workflow_id TEXT NOT NULL, 
	test_suite_id TEXT NOT NULL, 
	status TEXT NOT NULL, 
	total_cases BIGINT DEFAULT 0 NOT NULL, 
	passed_cases BIGINT DEFAULT 0 NOT NULL, 
	failed_cases BIGINT DEFAULT 0 NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_test_suite_runs PRIMARY KEY (id), 
	CONSTRAINT ck_test_suite_runs_finished_at CHECK ((finished_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled'))), 
	CONSTRAINT ck_test_suite_runs_status CHECK (status IN ('running', 'completed', 'failed', 'cancelled'))
);
--
CREATE INDEX ix_test_suite_runs_finished_at_workflow_id ON test_suite_runs (finished_at, workflow_id);
--
CREATE INDEX ix_test_suite_runs_workflow_id_test_suite_id_id ON test_suite_runs (workflow_id, test_suite_id, id);
--
CREATE TABLE runs (
	id BIGSERIAL NOT NULL, 
	workflow_id TEXT NOT NULL, 
	snapshot_hash TEXT, 
	parent_run_id BIGINT, 
	test_suite_run_id BIGINT, 
	status TEXT NOT NULL, 
	trigger_node_id TEXT, 
	node_activations BIGINT DEFAULT 0 NOT NULL, 
	failed_activations BIGINT DEFAULT 0 NOT NULL, 
	subworkflow_depth INTEGER DEFAULT 0 NOT NULL, 
	state JSONB, 
	error JSONB, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_runs PRIMARY KEY (id), 
	CONSTRAINT ck_runs_finished_at CHECK ((finished_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled'))), 
	CONSTRAINT ck_runs_status CHECK (status IN ('pending', 'running', 'waiting', 'completed', 'failed', 'cancelled')), 
	CONSTRAINT fk_runs_parent_run_id FOREIGN KEY(parent_run_id) REFERENCES runs (id) ON DELETE SET NULL, 
	CONSTRAINT fk_runs_snapshot_hash FOREIGN KEY(snapshot_hash) REFERENCES workflow_snapshots (content_hash), 
	CONSTRAINT fk_runs_test_suite_run_id FOREIGN KEY(test_suite_run_id) REFERENCES test_suite_runs (id) ON DELETE SET NULL
);
--
CREATE INDEX ix_runs_finished_at_workflow_id ON runs (finished_at, workflow_id);
--
CREATE INDEX ix_runs_parent_run_id ON runs (parent_run_id) WHERE parent_run_id IS NOT NULL;
--
CREATE INDEX ix_runs_test_suite_run_id ON runs (test_suite_run_id) WHERE test_suite_run_id IS NOT NULL;
--
CREATE INDEX ix_runs_workflow_id_id ON runs (workflow_id, id);
--
CREATE TABLE binaries (
	id BIGSERIAL NOT NULL, 
	run_id BIGINT NOT NULL, 
	workflow_id TEXT NOT NULL, 
	node_id TEXT, 
	storage_key TEXT NOT NULL, 
	media_type TEXT NOT NULL, 
	file_name TEXT, 
	byte_count BIGINT NOT NULL, 
	sha256 TEXT, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_binaries PRIMARY KEY (id), 
	CONSTRAINT ck_binaries_byte_count CHECK (byte_count >= 0), 
	CONSTRAINT fk_binaries_run_id FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE RESTRICT, 
	CONSTRAINT uq_binaries_storage_key UNIQUE (storage_key)
);
--
CREATE INDEX ix_binaries_created_at_workflow_id ON binaries (created_at, workflow_id);
--
CREATE INDEX ix_binaries_run_id ON binaries (run_id);
--
CREATE TABLE human_tasks (
	id BIGSERIAL NOT NULL, 
	run_id BIGINT NOT NULL, 
	node_id TEXT NOT NULL, 
	status TEXT NOT NULL, 
	title TEXT NOT NULL, 
	request JSONB NOT NULL, 
	response JSONB, 
	token_hash TEXT, 
	assignee_id BIGINT, 
	decided_by_id BIGINT, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_human_tasks PRIMARY KEY (id), 
	CONSTRAINT ck_human_tasks_status CHECK (status IN ('pending', 'decided', 'expired', 'cancelled')), 
	CONSTRAINT fk_human_tasks_assignee_id FOREIGN KEY(assignee_id) REFERENCES auth_users (id) ON DELETE SET NULL, 
	CONSTRAINT fk_human_tasks_decided_by_id FOREIGN KEY(decided_by_id) REFERENCES auth_users (id) ON DELETE SET NULL, 
	CONSTRAINT fk_human_tasks_run_id FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE, 
	CONSTRAINT uq_human_tasks_token_hash UNIQUE (token_hash)
);
--
CREATE INDEX ix_human_tasks_due_at ON human_tasks (due_at) WHERE status = 'pending';
--
CREATE INDEX ix_human_tasks_run_id ON human_tasks (run_id);
--
CREATE TABLE node_executions (
	id BIGSERIAL NOT NULL, 
	run_id BIGINT NOT NULL, 
	node_id TEXT NOT NULL, 
	iteration INTEGER DEFAULT 0 NOT NULL, 
	attempt INTEGER DEFAULT 1 NOT NULL, 
	status TEXT NOT NULL, 
	inputs JSONB, 
	outputs JSONB, 
	error JSONB, 
	input_bytes BIGINT DEFAULT 0 NOT NULL, 
	output_bytes BIGINT DEFAULT 0 NOT NULL, 
	queued_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_node_executions PRIMARY KEY (id), 
	CONSTRAINT ck_node_executions_status CHECK (status IN ('queued', 'running', 'waiting', 'skipped', 'completed', 'failed', 'cancelled')), 
	CONSTRAINT fk_node_executions_run_id FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE, 
	CONSTRAINT uq_node_executions_run_id_node_id_iteration_attempt UNIQUE (run_id, node_id, iteration, attempt)
);
--
CREATE TABLE slot_projections (
	run_id BIGINT NOT NULL, 
	slot_states JSONB NOT NULL, 
	version BIGINT DEFAULT 0 NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_slot_projections PRIMARY KEY (run_id), 
	CONSTRAINT fk_slot_projections_run_id FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
--
CREATE TABLE test_assertions (
	id BIGSERIAL NOT NULL, 
	test_suite_run_id BIGINT NOT NULL, 
	run_id BIGINT, 
	node_id TEXT, 
	name TEXT NOT NULL, 
	status TEXT NOT NULL, 
	expected JSONB, 
	actual JSONB, 
	message TEXT, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_test_assertions PRIMARY KEY (id), 
	CONSTRAINT ck_test_assertions_status CHECK (status IN ('passed', 'failed', 'errored')), 
	CONSTRAINT fk_test_assertions_run_id FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE SET NULL, 
	CONSTRAINT fk_test_assertions_test_suite_run_id FOREIGN KEY(test_suite_run_id) REFERENCES test_suite_runs (id) ON DELETE CASCADE
);
--
CREATE INDEX ix_test_assertions_run_id ON test_assertions (run_id);
--
CREATE INDEX ix_test_assertions_test_suite_run_id ON test_assertions (test_suite_run_id);
--
CREATE TABLE work_items (
	id BIGSERIAL NOT NULL, 
	run_id BIGINT NOT NULL, 
	node_id TEXT NOT NULL, 
	queue TEXT NOT NULL, 
	status TEXT NOT NULL, 
	payload JSONB NOT NULL, 
	attempt INTEGER DEFAULT 0 NOT NULL, 
	available_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	claimed_by TEXT, 
	claimed_at TIMESTAMP WITH TIME ZONE, 
	claim_expires_at TIMESTAMP WITH TIME ZONE, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_work_items PRIMARY KEY (id), 
	CONSTRAINT ck_work_items_finished_at CHECK ((finished_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled'))), 
	CONSTRAINT ck_work_items_claim_expires_at CHECK (status <> 'claimed' OR claim_expires_at IS NOT NULL), 
	CONSTRAINT ck_work_items_status CHECK (status IN ('queued', 'claimed', 'completed', 'failed', 'cancelled')), 
	CONSTRAINT fk_work_items_run_id FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
--
CREATE INDEX ix_work_items_queue_status_available_at ON work_items (queue, status, available_at);
--
CREATE INDEX ix_work_items_run_id ON work_items (run_id);
--
UPDATE codemation_revision SET version_num='0002' WHERE codemation_revision.version_num = '0001';

-- 0003 bfbf272302ff1ae38ef47a63427776dbc0f3deb9fd1d714fa6eed90d78821d69
CREATE TABLE metric_points (
	id BIGSERIAL NOT NULL, 
	name TEXT NOT NULL, 
	value DOUBLE PRECISION NOT NULL, 
	unit TEXT, 
	attributes JSONB, 
	trace_id TEXT, 
	span_id TEXT, 
	run_id BIGINT, 
	workflow_id TEXT NOT NULL, 
	node_id TEXT, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_metric_points PRIMARY KEY (id)
);
--
CREATE INDEX ix_metric_points_name_recorded_at ON metric_points (name, recorded_at);
--
CREATE INDEX ix_metric_points_recorded_at_workflow_id ON metric_points (recorded_at, workflow_id);
--
CREATE TABLE span_artifacts (
	id BIGSERIAL NOT NULL, 
	trace_id TEXT NOT NULL, 
	span_id TEXT NOT NULL, 
	run_id BIGINT, 
	workflow_id TEXT NOT NULL, 
	node_id TEXT, 
	kind TEXT NOT NULL, 
	media_type TEXT NOT NULL, 
	content_text TEXT, 
	content_json JSONB, 
	byte_count BIGINT NOT NULL, 
	truncated BOOLEAN DEFAULT false NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_span_artifacts PRIMARY KEY (id), 
	CONSTRAINT ck_span_artifacts_byte_count CHECK (byte_count >= 0)
);
--
CREATE INDEX ix_span_artifacts_created_at_workflow_id ON span_artifacts (created_at, workflow_id);
--
CREATE INDEX ix_span_artifacts_trace_id_span_id ON span_artifacts (trace_id, span_id);
--
CREATE TABLE spans (
	id BIGSERIAL NOT NULL, 
	trace_id TEXT NOT NULL, 
	span_id TEXT NOT NULL, 
	parent_span_id TEXT, 
	run_id BIGINT, 
	workflow_id TEXT NOT NULL, 
	node_id TEXT, 
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	status TEXT NOT NULL, 
	status_message TEXT, 
	attributes JSONB, 
	events JSONB, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_spans PRIMARY KEY (id), 
	CONSTRAINT ck_spans_kind CHECK (kind IN ('internal', 'server', 'client', 'producer', 'consumer')), 
	CONSTRAINT ck_spans_status CHECK (status IN ('unset', 'ok', 'error')), 
	CONSTRAINT uq_spans_trace_id_span_id UNIQUE (trace_id, span_id)
);
--
CREATE INDEX ix_spans_started_at_workflow_id ON spans (started_at, workflow_id);
--
CREATE TABLE trace_contexts (
	trace_id TEXT NOT NULL, 
	root_span_id TEXT NOT NULL, 
	run_id BIGINT, 
	workflow_id TEXT NOT NULL, 
	service_name TEXT, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_trace_contexts PRIMARY KEY (trace_id), 
	CONSTRAINT ck_trace_contexts_trace_id CHECK (length(trace_id) = 32)
);
--
CREATE INDEX ix_trace_contexts_last_seen_at_workflow_id ON trace_contexts (last_seen_at, workflow_id);
--
CREATE INDEX ix_trace_contexts_run_id ON trace_contexts (run_id);
--
CREATE TABLE audit_events (
	id BIGSERIAL NOT NULL, 
	occurred_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	actor_id BIGINT, 
	actor_label TEXT, 
	action TEXT NOT NULL, 
	target_type TEXT, 
	target_id TEXT, 
	ip_address TEXT, 
	details JSONB, 
	CONSTRAINT pk_audit_events PRIMARY KEY (id), 
	CONSTRAINT fk_audit_events_actor_id FOREIGN KEY(actor_id) REFERENCES auth_users (id) ON DELETE SET NULL
);
--
CREATE INDEX ix_audit_events_target_type_target_id ON audit_events (target_type, target_id);
--
UPDATE codemation_revision SET version_num='0003' WHERE codemation_revision.version_num = '0002';

-- 0004 df269431a54623d9c65d9ac7535cc6e1f918156653eeb9bda66bc30dce1e93fd
DROP INDEX ix_runs_finished_at_workflow_id;
--
DROP INDEX ix_test_suite_runs_finished_at_workflow_id;
--
ALTER TABLE runs DROP CONSTRAINT ck_runs_finished_at;
--
ALTER TABLE runs ADD CONSTRAINT ck_runs_finished_at CHECK ((finished_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled', 'halted')));
--
ALTER TABLE runs DROP CONSTRAINT ck_runs_status;
--
ALTER TABLE runs ADD CONSTRAINT ck_runs_status CHECK (status IN ('pending', 'running', 'waiting', 'completed', 'failed', 'cancelled', 'halted'));
--
ALTER TABLE test_suite_runs DROP CONSTRAINT ck_test_suite_runs_finished_at;
--
ALTER TABLE test_suite_runs ADD CONSTRAINT ck_test_suite_runs_finished_at CHECK ((finished_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled', 'halted')));
--
ALTER TABLE test_suite_runs DROP CONSTRAINT ck_test_suite_runs_status;
--
ALTER TABLE test_suite_runs ADD CONSTRAINT ck_test_suite_runs_status CHECK (status IN ('running', 'completed', 'failed', 'cancelled', 'halted'));
--
CREATE INDEX ix_runs_workflow_id_status_finished_at ON runs (workflow_id, status, finished_at);
--
CREATE INDEX ix_runs_not_over ON runs (id) WHERE finished_at IS NULL;
--
CREATE INDEX ix_test_suite_runs_workflow_id_status_finished_at ON test_suite_runs (workflow_id, status, finished_at);
--
CREATE INDEX ix_test_suite_runs_not_over ON test_suite_runs (id) WHERE finished_at IS NULL;
--
UPDATE codemation_revision SET version_num='0004' WHERE codemation_revision.version_num = '0003';

-- 0005 af53763c846ab023e4cd868c8d4a82495da5e4f2183f4ce9624640032d19aca6
CREATE INDEX ix_binaries_workflow_id_created_at ON binaries (workflow_id, created_at);
--
DROP INDEX ix_binaries_created_at_workflow_id;
--
CREATE INDEX ix_metric_points_workflow_id_recorded_at ON metric_points (workflow_id, recorded_at);
--
DROP INDEX ix_metric_points_recorded_at_workflow_id;
--
CREATE INDEX ix_span_artifacts_workflow_id_created_at ON span_artifacts (workflow_id, created_at);
--
DROP INDEX ix_span_artifacts_created_at_workflow_id;
--
CREATE INDEX ix_spans_workflow_id_started_at ON spans (workflow_id, started_at);
--
DROP INDEX ix_spans_started_at_workflow_id;
--
CREATE INDEX ix_trace_contexts_workflow_id_last_seen_at ON trace_contexts (workflow_id, last_seen_at);
--
DROP INDEX ix_trace_contexts_last_seen_at_workflow_id;
--
CREATE INDEX ix_audit_events_occurred_at ON audit_events (occurred_at);
--
CREATE INDEX ix_runs_snapshot_hash ON runs (snapshot_hash);
--
UPDATE codemation_revision SET version_num='0005' WHERE codemation_revision.version_num = '0004';
