DROP TABLE IF EXISTS codeintel_uploads;
DROP TYPE IF EXISTS codeintel_upload_state;
