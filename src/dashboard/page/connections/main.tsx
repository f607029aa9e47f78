import { mount } from '../ui/mount.tsx';
import { ConnectionsPage } from './app.tsx';

mount(ConnectionsPage);
