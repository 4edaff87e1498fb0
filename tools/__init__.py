"""The Python of the pipeline, a room a job. lib/ starts its programs: python tools ROOM.NAME ARGUMENT..."""
