CREATE OR REPLACE TABLE projection_progress (
    table_name VARCHAR, watermark VARCHAR, row_count BIGINT, projected_at TIMESTAMPTZ, schema_version VARCHAR
);
COMMENT ON TABLE projection_progress IS 'How far each table of the control plane has been copied here';
COMMENT ON COLUMN projection_progress.table_name IS 'Table';
COMMENT ON COLUMN projection_progress.watermark IS 'Newest change seen; empty where the whole table is read each time';
COMMENT ON COLUMN projection_progress.row_count IS 'Rows that it had here then';
COMMENT ON COLUMN projection_progress.projected_at IS 'When it was read';
COMMENT ON COLUMN projection_progress.schema_version IS 'Version of tables and views; another one means that all is copied anew';
