DROP TABLE IF EXISTS feature_flags;
DROP TABLE IF EXISTS site_settings;
