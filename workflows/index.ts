// Every function exported here is a workflow type.
export { release } from './release';
export { environment } from './environment';
export { deployment } from './deployment';
export { rollback } from './rollback';
export { rehearsal } from './rehearsal';
export { report } from './report';
