import { joinRealms } from './one-realm';

joinRealms();
