BEGIN TRANSACTION;
CREATE TABLE erased (user_id TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO "erased" VALUES('gone');
CREATE TABLE mark (user_id TEXT, kind TEXT, post_id TEXT, value INTEGER, weight INTEGER,
        PRIMARY KEY (user_id, kind, post_id)) WITHOUT ROWID;
INSERT INTO "mark" VALUES('newcomer','vote','019b7c01-0404-7b22-b777-d4dd1fc61c6f',-1,40);
INSERT INTO "mark" VALUES('newcomer-2','vote','019b7c01-0404-7b22-b777-d4dd1fc61c6f',-1,70);
INSERT INTO "mark" VALUES('reader','less','019b7c01-0409-7958-9e27-de7ced00ff1c',1,100);
INSERT INTO "mark" VALUES('reader','vote','019b7c01-0401-7b86-b273-ff34fce19d6b',1,100);
CREATE TABLE post (post_id TEXT PRIMARY KEY, author_id TEXT, community TEXT, created REAL, root_id TEXT, revision INTEGER,
        published INTEGER, embedded INTEGER, gone INTEGER, prior INTEGER, listed INTEGER) WITHOUT ROWID;
INSERT INTO "post" VALUES('019b7c01-0401-7b86-b273-ff34fce19d6b','author-1','garden',1767668400.0,'',1,2,1,1,40,0);
INSERT INTO "post" VALUES('019b7c01-0402-7473-9e3a-265e16eee03f','gone','kitchen',1767668400.0,'',1,5,1,1,0,0);
INSERT INTO "post" VALUES('019b7c01-0403-7e07-8085-62bedb8b60ce','author-1','garden',1767668400.0,'019b7c01-0401-7b86-b273-ff34fce19d6b',1,8,1,0,0,-9);
INSERT INTO "post" VALUES('019b7c01-0404-7b22-b777-d4dd1fc61c6f','author-1','garden',1767668400.0,'',2,0,1,0,0,0);
CREATE TABLE reached (stream TEXT PRIMARY KEY, sequence INTEGER, made TEXT) WITHOUT ROWID;
INSERT INTO "reached" VALUES('EVENTS',15,'2026-01-01');
INSERT INTO "reached" VALUES('SIGNALS',6,'2026-01-01');
PRAGMA user_version = 2;
COMMIT;
