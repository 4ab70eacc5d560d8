-- The first start of the PostgreSQL of compose.yaml runs this, as its superuser: the site's role is none.
\getenv password POSTGRES_PASSWORD
CREATE ROLE swept LOGIN PASSWORD :'password';
CREATE DATABASE swept OWNER swept;
-- The image gave its superuser the same password. Without one, it logs in from inside the container alone.
ALTER ROLE postgres PASSWORD NULL;
